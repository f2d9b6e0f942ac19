"""Names and files that certificates are made for."""

from dataclasses import dataclass
from pathlib import Path

CONTROLLER_NAME = "_controller"
# Of programs that only read; no device's id begins so.
READER_PREFIX = "_reader-"


def reader_user(name: str) -> str:
    """A reader's name at the broker."""
    return f"{READER_PREFIX}{name}"


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """PEM files the broker needs: the authority, its own certificate and key."""

    ca: Path
    cert: Path
    key: Path
