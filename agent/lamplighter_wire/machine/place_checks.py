"""Whether a folder can be used, and by nobody else, and whether its disk has room."""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from lamplighter_wire.errors import os_error_text
from lamplighter_wire.machine.checkup import Finding, failed, ok, warning

MB = 1_000_000


def folder_findings(path: Path, option: str) -> Iterable[Finding]:
    """Whether this user can write a folder, and others cannot read it.

    Args:
        option: how another folder is named, for the remedy.
    """
    place = str(path)
    try:
        facts = path.stat()
    except FileNotFoundError:
        yield from _makeable(path, option)
        return
    except OSError as error:
        yield failed("folder", place, os_error_text(error, path), f"name another with {option}")
        return
    if not stat.S_ISDIR(facts.st_mode):
        yield failed("folder", place, "it is no folder", f"name another with {option}")
    elif facts.st_uid != os.geteuid():
        owner = _user(facts.st_uid)
        mend = f"run this as its owner: sudo -u {owner} …"
        yield warning("folder", place, f"it belongs to {owner}, not to {_user(os.geteuid())}", mend)
    elif not os.access(path, os.W_OK | os.X_OK):
        yield failed("folder", place, "it cannot be written", f"chmod u+rwx {path}")
    elif facts.st_mode & 0o077:
        yield warning("folder", place, "others can look into it", f"chmod 700 {path}")
    else:
        yield ok("folder", place, "it can be written, by its owner only")


def _makeable(path: Path, option: str) -> Iterable[Finding]:
    above = next(parent for parent in path.absolute().parents if parent.exists())
    if os.access(above, os.W_OK | os.X_OK):
        yield ok("folder", str(path), "it is not there yet, and can be made")
    else:
        mend = f"sudo install -d -o {_user(os.geteuid())} -m 700 {path}, or name another: {option}"
        yield failed("folder", str(path), f"it is not there, and {above} cannot be written", mend)


def disk_findings(path: Path, least_mb: int, good_mb: int) -> Iterable[Finding]:
    """Whether the disk of a folder has room: `least_mb` to work at all, `good_mb` to be at ease."""
    there = next(place for place in [path.absolute(), *path.absolute().parents] if place.exists())
    try:
        usage = shutil.disk_usage(there)
    except OSError as error:
        mend = "look at its disk: dmesg, mount"
        yield failed("disk", str(there), os_error_text(error, there), mend)
        return
    free_mb = usage.free // MB
    found = f"{free_mb} MB free of {usage.total // MB}"
    if free_mb < least_mb:
        yield failed("disk", str(there), found, f"free at least {least_mb} MB")
    elif free_mb < good_mb:
        yield warning("disk", str(there), found, f"make it {good_mb} MB soon")
    else:
        yield ok("disk", str(there), found)


def secret_findings(paths: Iterable[Path]) -> Iterable[Finding]:
    """Whether keys can be read by their owner only."""
    seen = [path for path in paths if path.exists()]
    for path in seen:
        if path.stat().st_mode & 0o077:
            yield failed("secrets", str(path), "others can read this key", f"chmod 600 {path}")
            return
    if seen:
        folders = sorted({str(path.parent) for path in seen})
        yield ok("secrets", ", ".join(folders), f"{len(seen)} keys, for their owner only")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
