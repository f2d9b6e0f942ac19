"""Write a backup, of a controller that runs or of one that does not."""

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from lamplighter_wire import __version__
from lamplighter_wire.files import sync_folder

from lamplighter_controller.backups.contents import (
    DATABASE,
    DUMP,
    MANIFEST,
    Contents,
    Entry,
    checked,
    hashed,
    kept_files,
)
from lamplighter_controller.backups.server_dump import dump, is_servers
from lamplighter_controller.errors import ConflictError, DamagedError, NotFoundError
from lamplighter_controller.services.audit.head_file import HEAD_FILE

KEYS = "pki/signing*.key"  # there is one, whichever it is by now
Notify = Callable[[str], None]


def back_up(
    data: Path,
    target: Path,
    now: float,
    notify: Notify,
    *,
    artifacts: bool = True,
    database: str = "",
) -> Contents:
    """Copy a data folder into one file that only its owner can read, and read it back.

    The database comes first and as of one moment; files that it names are added before they are
    named, so what is copied after it holds them. `target` is replaced at once, at the end.

    Args:
        artifacts: whether built variants come along; without them they are built again.
        database: URL of one that a server keeps, to be dumped; empty: what is in the folder.

    Raises:
        NotFoundError: there is no controller's data in the folder, or no tool that dumps.
        ConflictError: the target lies in the folder itself.
        StoreError: the server's database could not be dumped.
        DamagedError: the database is not in order, or the copy is not what was written.
        OSError: the target cannot be written.
    """
    if not any(data.glob(KEYS)):
        raise NotFoundError(f"no controller has kept data in {data}; name its folder with --data")
    if target.resolve().is_relative_to(data.resolve()):
        raise ConflictError(
            f"{target} lies in the folder that is backed up, and the next backup would hold it;"
            " name a file elsewhere, best on another disk"
        )
    part = target.with_name(target.name + ".part")
    with TemporaryDirectory(dir=target.parent, prefix=".lamplighter-backup-") as work:
        # Before the database: a head that is older than the entries is found among them.
        copied = [_copied_head(data, Path(work)), _database(data, database, Path(work))]
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            entries = [_add(archive, one, one.name) for one in copied if one]
            for number, inside in enumerate(kept_files(data, artifacts=artifacts), 1):
                # What has gone meanwhile was nothing that the database named.
                with suppress(FileNotFoundError):
                    entries.append(_add(archive, data / inside, str(inside)))
                if number % 500 == 0:
                    notify(f"{number} files")
            _finish(archive, Contents(made_at=now, version=__version__, files=entries))
            file.flush()
            os.fsync(file.fileno())
    contents = checked(part)
    part.replace(target)
    sync_folder(target.parent)
    return contents


def _copied_head(data: Path, work: Path) -> Path | None:
    """The last entry of the audit log, as it is noted beside the database."""
    try:
        return shutil.copyfile(data / HEAD_FILE, work / HEAD_FILE)
    except FileNotFoundError:
        return None


def _database(data: Path, url: str, work: Path) -> Path | None:
    if is_servers(url):
        return dump(url, work / DUMP)
    return _copied_database(data / DATABASE, work / DATABASE)


def _copied_database(source: Path, copy: Path) -> Path | None:
    """As of one moment, whoever writes meanwhile; None where there is none."""
    if not source.exists():
        return None
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60.0)) as old,
            closing(sqlite3.connect(copy)) as new,
        ):
            old.backup(new)
            (verdict,) = new.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise DamagedError(f"{source} cannot be copied: {error}") from error
    if verdict != "ok":
        raise DamagedError(f"{source} is damaged: {verdict}; keep the last good backup")
    return copy


def _add(archive: tarfile.TarFile, path: Path, name: str) -> Entry:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
        digest = hashed(file)
        file.seek(0)
        archive.addfile(info, file)
    return Entry(name, info.size, digest)


def _finish(archive: tarfile.TarFile, contents: Contents) -> None:
    data = msgspec.json.encode(contents)
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mode = len(data), 0o600
    archive.addfile(info, BytesIO(data))
