"""A data folder has one controller at a time."""

import os
from pathlib import Path

import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.folder_lock import FolderLock


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    first = FolderLock(tmp_path).acquire()
    with pytest.raises(ConflictError, match=f"process {os.getpid()}.*stop it first"):
        FolderLock(tmp_path).acquire()
    first.release()
    second = FolderLock(tmp_path).acquire()
    first.release()
    with pytest.raises(ConflictError):
        FolderLock(tmp_path).acquire()
    second.release()


def test_a_folder_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(ConflictError, match="name a new or empty folder"):
        FolderLock(tmp_path).acquire()
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


@pytest.mark.parametrize("name", ["controller.db", "pki", "demo", "lost+found"])
def test_a_folder_that_commands_have_used_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    FolderLock(tmp_path).acquire().release()
