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
