"""Files that are there whole or not at all, whenever the power fails."""

import os
import shutil
import stat
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path


def write_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """Write beside `path`, flush to disk, then rename: after a power cut old or new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        with temporary.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _beside(path: Path) -> Path:
    """Where a file is written first: another place for each thread that writes it now."""
    return path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}.tmp")


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make all that lies in `folder` survive a power cut, before it is renamed into its place."""
    for path in [folder, *folder.rglob("*")]:
        sync_folder(path)  # a file is flushed alike


def set_aside(path: Path) -> bool:
    """Rename what is damaged, a file or a folder, to `NAME.damaged`; whether that was possible.

    What was set aside before makes room for it.
    """
    aside = path.with_suffix(".damaged")
    try:
        remove(aside)
        path.rename(aside)
    except OSError:
        return False
    return True


def make_folder(path: Path) -> bool:
    """A folder where there is none; what lies in its place is set aside. Whether it is there now.

    A disk that is full or read-only is none's fault: who writes into the folder is told.
    """
    if not path.is_dir() and path.exists():
        set_aside(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return True


def remove(path: Path) -> None:
    """A file, or a folder with all that is in it; nothing where there is none.

    Raises:
        OSError: the disk does not give it up.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def keep_private(folder: Path, ours: Sequence[str]) -> None:
    """Let nobody but its owner read what is ours in a folder, whoever could before.

    What belongs to others, and where links lead, stays as it is; so does the folder itself where
    anything else is in it: somebody may have named `/`.

    Args:
        ours: patterns of the names of what we keep there.
    """
    entries = list(folder.iterdir())
    kept = [path for path in entries if any(fnmatch(path.name, name) for name in ours)]
    if len(kept) == len(entries):
        _close(folder, 0o700)
    for path in kept:
        _close(path, 0o700 if path.is_dir() else 0o600)
        for place, folders, files in os.walk(path):
            for name in folders:
                _close(Path(place, name), 0o700)
            for name in files:
                _close(Path(place, name), 0o600)


def _close(path: Path, mode: int) -> None:
    with suppress(OSError):  # gone meanwhile, or on a read-only disk
        facts = path.lstat()
        is_open = facts.st_mode & 0o077 and not stat.S_ISLNK(facts.st_mode)
        if is_open and facts.st_uid == os.getuid():
            path.chmod(stat.S_IMODE(facts.st_mode) & mode)


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that nobody but its owner could ever read, replacing an old one at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
