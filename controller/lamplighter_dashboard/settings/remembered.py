"""What is remembered from one time to the next: written by the program, nothing secret in it."""

from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically

from lamplighter_dashboard.themes.palettes import DARK

DEFAULT_COLUMNS = (
    *("health", "device", "site", "serves", "size", "ap50", "rate", "latency"),
    *("update", "regime", "energy", "power", "temperature", "counts", "seen"),
)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How a table is looked at."""

    query: str = ""
    sort: str = "health"
    grouping: str = ""
    columns: tuple[str, ...] = DEFAULT_COLUMNS


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `views`: kept under names."""

    theme: str = DARK
    view: View = View()
    views: dict[str, View] = {}
    hint_seen: bool = False


class Memory:
    """What is remembered, in a file. None: nowhere, for tests and the web."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.now = _read(file)

    def change(self, **changes: object) -> None:
        """Remember something else. A file that cannot be written is passed over."""
        self.now = msgspec.structs.replace(self.now, **changes)
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, [msgspec.json.format(msgspec.json.encode(self.now))])
        except OSError:
            self._file = None  # a home that cannot be written to is no reason to stop


def _read(file: Path | None) -> Remembered:
    """As it was written; the defaults where that cannot be read."""
    if file is None:
        return Remembered()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Remembered)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Remembered()
