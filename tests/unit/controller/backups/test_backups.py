"""A backup is whole or is none, and a restore writes nothing until it knows."""

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path, PurePosixPath

import pytest
from lamplighter_controller.backups import backup as backup_module
from lamplighter_controller.backups import restore as module
from lamplighter_controller.backups.backup import back_up
from lamplighter_controller.backups.contents import MANIFEST, checked, kept_files
from lamplighter_controller.backups.restore import restore
from lamplighter_controller.errors import ConflictError, DamagedError, NotFoundError

KEPT = {
    "pki/signing.key": b"secret",
    "admin.token": b"token",
    "artifacts/ab/abcd": b"chunk" * 50_000,
    "workshop/parents/own.onnx": b"own",
    "controller.json": b"{}",
}
PASSING = {
    "controller.lock": b"17",
    "broker/data/mosquitto.db": b"state",
    "broker/mosquitto.log": b"log",
    "workshop/work/half": b"half",
    "artifacts/ab/abce.tmp": b"half",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name, content in (KEPT | PASSING).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    with closing(sqlite3.connect(folder / "controller.db")) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE told (n INTEGER)")
        db.executemany("INSERT INTO told VALUES (?)", [(n,) for n in range(1000)])
        db.commit()
    return folder


def backed_up(data: Path, name: str = "b.tar", *, artifacts: bool = True) -> Path:
    target = data.parent / name
    back_up(data, target, 1.8e9, lambda _: None, artifacts=artifacts)
    return target


def told(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "controller.db")) as db:
        return int(db.execute("SELECT COUNT(*) FROM told").fetchone()[0])


def test_what_counts_comes_back_and_nothing_else(data: Path, tmp_path: Path) -> None:
    file = backed_up(data)
    assert file.stat().st_mode & 0o077 == 0, "there are keys in it"
    made = restore(file, tmp_path / "again")
    names = {p.relative_to(tmp_path / "again").as_posix() for p in (tmp_path / "again").rglob("*")}
    assert {name for name in names if (tmp_path / "again" / name).is_file()} == {
        *KEPT,
        "controller.db",
    }
    assert all((tmp_path / "again" / name).read_bytes() == KEPT[name] for name in KEPT)
    assert told(tmp_path / "again") == 1000
    assert (made.made_at, made.has_database) == (1.8e9, True)
    assert (tmp_path / "again").stat().st_mode & 0o077 == 0


def test_the_database_is_of_one_moment_while_others_write(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "controller.db")) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO told VALUES (1)")
        restore(backed_up(data), tmp_path / "again")
        db.commit()
    assert told(tmp_path / "again") == 1000


def test_the_head_of_the_audit_log_is_no_later_than_the_database(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody changes something while files are copied."""
    (data / "audit-head.json").write_bytes(b"17")

    def kept(folder: Path, *, artifacts: bool) -> Iterator[PurePosixPath]:
        (data / "audit-head.json").write_bytes(b"18")
        yield from kept_files(folder, artifacts=artifacts)

    monkeypatch.setattr(backup_module, "kept_files", kept)
    restore(backed_up(data), tmp_path / "again")
    assert (tmp_path / "again" / "audit-head.json").read_bytes() == b"17"


def test_what_goes_while_it_is_copied_is_left_out(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(folder: Path, *, artifacts: bool) -> Iterator[PurePosixPath]:
        for inside in kept_files(folder, artifacts=artifacts):
            if inside.name == "own.onnx":
                (data / inside).unlink()
            yield inside

    monkeypatch.setattr(backup_module, "kept_files", kept)
    restore(backed_up(data), tmp_path / "again")
    assert not (tmp_path / "again" / "workshop/parents/own.onnx").exists()
    assert told(tmp_path / "again") == 1000


def test_artifacts_may_be_left_out(data: Path, tmp_path: Path) -> None:
    restore(backed_up(data, artifacts=False), tmp_path / "again")
    assert not (tmp_path / "again" / "artifacts").exists()
    assert (tmp_path / "again" / "pki" / "signing.key").exists()


def test_a_database_elsewhere_is_said(data: Path) -> None:
    (data / "controller.db").unlink()
    assert not checked(backed_up(data)).has_database


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
def test_a_part_of_a_backup_restores_nothing(data: Path, tmp_path: Path, share: float) -> None:
    whole = backed_up(data).read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole[: int(share * (len(whole.rstrip(b"\0"))))])
    with pytest.raises(DamagedError, match=r"cut\.tar"):
        restore(cut, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not list(tmp_path.glob("*.restoring"))


def test_one_flipped_byte_is_found(data: Path, tmp_path: Path) -> None:
    file = backed_up(data)
    content = bytearray(file.read_bytes())
    at = content.index(b"chunkchunk") + 70_000
    content[at] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedError, match="artifacts/ab/abcd"):
        restore(file, tmp_path / "again")


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_member_that_leads_outside_is_refused(data: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        info = tarfile.TarInfo(name)
        info.size = 4
        archive.addfile(info, BytesIO(b"evil"))
    with pytest.raises(DamagedError, match="no backup does"):
        restore(file, tmp_path / "again")
    assert not (tmp_path / "outside").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        info = tarfile.TarInfo("pki")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(info)
    with pytest.raises(DamagedError, match="no backup does"):
        restore(file, tmp_path / "again")


def test_nothing_is_overwritten(data: Path, tmp_path: Path) -> None:
    file = backed_up(data)
    with pytest.raises(ConflictError, match="holds something"):
        restore(file, data)
    (tmp_path / "again.restoring").mkdir()
    with pytest.raises(ConflictError, match="in the way"):
        restore(file, tmp_path / "again")


def test_a_restore_that_was_cut_off_is_begun_anew(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = backed_up(data)
    with monkeypatch.context() as patch:
        patch.setattr(module, "sync_tree", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(file, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    restore(file, tmp_path / "again")
    assert told(tmp_path / "again") == 1000
    assert not list((tmp_path / "again").glob(".*"))


def test_a_damaged_database_leaves_the_last_backup(data: Path) -> None:
    file = backed_up(data)
    before = file.read_bytes()
    (data / "controller.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(DamagedError):
        backed_up(data)
    assert file.read_bytes() == before


def test_no_backup_lies_in_what_is_backed_up(data: Path) -> None:
    (data / "backups").mkdir()
    with pytest.raises(ConflictError, match="name a file elsewhere"):
        backed_up(data, "data/backups/b.tar")
    assert list((data / "backups").iterdir()) == []


def test_another_folder_is_no_controllers(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="--data"):
        back_up(tmp_path, tmp_path / "b.tar", 0.0, lambda _: None)
    assert MANIFEST not in {path.name for path in tmp_path.iterdir()}
