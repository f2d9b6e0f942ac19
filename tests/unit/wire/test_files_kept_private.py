"""What is ours is closed to others, and nothing else is touched."""

import stat
from pathlib import Path

from lamplighter_wire.files import keep_private

OURS = ("keys", "*.json")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(folder: Path) -> None:
    (folder / "keys/deep").mkdir(parents=True)
    for name in ("keys/deep/ca.key", "record.json"):
        (folder / name).write_text("secret")
        (folder / name).chmod(0o644)
    for name in ("", "keys", "keys/deep"):
        (folder / name).chmod(0o755)


def test_a_folder_of_ours_is_closed_with_all_that_is_in_it(tmp_path: Path) -> None:
    fill(tmp_path)
    keep_private(tmp_path, OURS)
    folders = ["", "keys", "keys/deep"]
    assert {mode(tmp_path / name) for name in folders} == {0o700}
    assert {mode(tmp_path / name) for name in ("keys/deep/ca.key", "record.json")} == {0o600}


def test_what_others_keep_beside_it_stays_as_it_is(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/sh").write_text("program")
    (tmp_path / "usr/bin/sh").chmod(0o755)
    (tmp_path / "usr").chmod(0o755)
    keep_private(tmp_path, OURS)
    assert [mode(tmp_path / name) for name in ("", "usr", "usr/bin/sh")] == [0o755] * 3
    assert mode(tmp_path / "keys/deep/ca.key") == 0o600
