"""What of a data folder a backup holds, and how its file says so."""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from lamplighter_controller.errors import DamagedError
from lamplighter_controller.services.audit.head_file import HEAD_FILE

FORMAT = 1
MANIFEST = "backup.json"
DATABASE = "controller.db"
DUMP = "database.dump"  # of a server's, in PostgreSQL's custom format
ARTIFACTS = "artifacts"
# What belongs to a running controller, or is made again: its lock, the database's own files (that
# and the audit log's head are copied by themselves), the broker's state and log, work under way.
PASSING = frozenset(
    {
        *("controller.lock", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", HEAD_FILE),
        *("broker/data", "broker/mosquitto.log", "workshop/work"),
    }
)
UNFINISHED = (".part", ".tmp")
PIECE_BYTES = 1024 * 1024


class Entry(msgspec.Struct, frozen=True):
    """One file."""

    path: str
    size_bytes: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """backup.json, the last member: its presence means that the backup is whole."""

    format: int = FORMAT
    made_at: float = 0.0
    version: str = ""
    files: list[Entry] = []

    @property
    def has_database(self) -> bool:
        """False where a server keeps it and others see to it."""
        return any(entry.path == DATABASE for entry in self.files) or self.has_dump

    @property
    def has_dump(self) -> bool:
        """Whether it holds a database that was a server's."""
        return any(entry.path == DUMP for entry in self.files)

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(entry.size_bytes for entry in self.files)


def kept_files(folder: Path, *, artifacts: bool) -> Iterator[PurePosixPath]:
    """Files of a data folder that a backup holds, but for the database; relative to it."""
    passing = PASSING if artifacts else PASSING | {ARTIFACTS}
    for parent, folders, names in os.walk(folder):  # folders may go meanwhile
        place = Path(parent)
        inside = PurePosixPath(place.relative_to(folder).as_posix())
        folders[:] = sorted(name for name in folders if str(inside / name) not in passing)
        for name in sorted(names):
            path = place / name
            is_whole = path.is_file() and not path.is_symlink()
            if is_whole and str(inside / name) not in passing and not name.endswith(UNFINISHED):
                yield inside / name


def read_backup(file: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Members with their sizes in the order of the file.

    Raises:
        DamagedError: it has a member that no backup has.
        tarfile.TarError, EOFError: it is no archive, or ends early, also while a member is read.
    """
    with tarfile.open(file, "r:") as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or name.is_absolute() or ".." in name.parts:
                raise DamagedError(f"{file} holds {member.name[:80]!r}, which no backup does")
            yield str(name), member.size, content


def checked(file: Path) -> Contents:
    """What a backup holds, once every byte of it has been read and is right.

    Raises:
        DamagedError: it is not whole, a file in it has changed, or a later version made it.
    """
    try:
        found, last = _members(file)
        contents = msgspec.json.decode(last, type=Contents)
    except (tarfile.TarError, EOFError) as error:
        raise DamagedError(f"{file} is no backup, or not a whole one ({error})") from error
    except msgspec.MsgspecError as error:
        raise DamagedError(f"{file} was not finished, or is damaged ({error})") from error
    if contents.format > FORMAT:
        version = contents.version
        raise DamagedError(f"{file} was made by Lamplighter {version}; install that or a later one")
    wrong = [entry.path for entry in contents.files if found.get(entry.path) != entry]
    if wrong or len(found) != len(contents.files):
        what = ", ".join(wrong[:3]) or "files that it does not name"
        raise DamagedError(f"{file} is damaged: {what}; use another backup")
    return contents


def _members(file: Path) -> tuple[dict[str, Entry], bytes]:
    """Files by name as they are, and what the file says of them."""
    found, last = {}, b""
    for name, size_bytes, content in read_backup(file):
        if name == MANIFEST:
            last = content.read()
        else:
            found[name] = Entry(name, size_bytes, hashed(content))
    return found, last


def hashed(content: IO[bytes]) -> str:
    """SHA-256 in hexadecimal of what is left to read."""
    digest = hashlib.sha256()
    while piece := content.read(PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()
