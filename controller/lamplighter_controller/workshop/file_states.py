"""Whether files have changed since they were read, without reading them again."""

import hashlib
from functools import lru_cache
from pathlib import Path

FileState = tuple[str, int, int]
# Files of a few thousand labelled pictures.
REMEMBERED_FILES = 16_384


def file_state(path: Path) -> FileState:
    """Another value after the file was replaced or written to."""
    try:
        state = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), state.st_mtime_ns, state.st_size


def folder_state(folder: Path, pattern: str) -> list[FileState]:
    """The states of the files that match."""
    return sorted(file_state(path) for path in folder.glob(pattern))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read again only after it has changed.

    Raises:
        OSError: it cannot be read.
    """
    return _sha256(*file_state(path))


@lru_cache(maxsize=REMEMBERED_FILES)
def _sha256(path: str, _changed_ns: int, _size_bytes: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
