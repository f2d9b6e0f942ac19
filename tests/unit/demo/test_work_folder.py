"""Only what a run has left itself is deleted."""

from pathlib import Path

import pytest
from lamplighter_demo.errors import DemoError
from lamplighter_demo.work_folder import MARK, work_folder


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("a photo")
    with pytest.raises(DemoError, match="--folder"), work_folder(tmp_path):
        pass
    assert (tmp_path / "photos" / "one.jpg").read_text() == "a photo"
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_new_or_empty_folder_is_taken_and_emptied_the_next_time(
    tmp_path: Path, there: bool
) -> None:
    folder, other = tmp_path / "a" / "work", tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("kept")
    if there:
        folder.mkdir(parents=True)
    with work_folder(folder) as place:
        (place / "old" / "deep").mkdir(parents=True)
        (place / "report.json").write_text("{}")
        (place / "link").symlink_to(other)
    with work_folder(folder) as place:
        assert [path.name for path in place.iterdir()] == [MARK]
    assert (other / "kept").read_text() == "kept"


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    with work_folder(folder) as place:
        (place / "half").write_text("done")
        with pytest.raises(DemoError, match="another run"), work_folder(folder):
            pass
        assert (place / "half").read_text() == "done"


def test_what_is_no_folder_is_named_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for place in (file, file / "below", Path("/proc/nothing")):
        with pytest.raises(DemoError, match=r"--folder: .*; "), work_folder(place):
            pass
    assert file.read_text() == "x"
