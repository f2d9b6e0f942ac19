"""Names and files that certificates are made for."""

from dataclasses import dataclass
from pathlib import Path

CONTROLLER_NAME = "_controller"


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """PEM files the broker needs: the authority, its own certificate and key."""

    ca: Path
    cert: Path
    key: Path
