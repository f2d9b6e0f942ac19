"""What is remembered from one time to the next: written by the program, nothing secret in it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from lamplighter_client.streaming.row_order import RowOrder
from lamplighter_wire.files import write_atomically
from msgspec.structs import replace

from lamplighter_dashboard.themes.palettes import DARK
from lamplighter_dashboard.words.groupings import is_grouping

DEFAULT_COLUMNS = (
    *("health", "device", "site", "group", "hardware", "model", "serves", "size", "ap50"),
    *("rate", "latency"),
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
        self.now = _read(file) or Remembered()

    def change(self, **changes: object) -> None:
        """Remember something else. A file that cannot be written is passed over."""
        self._write(lambda known: replace(known, **changes))

    def keep(self, name: str, view: View) -> None:
        """Remember a view under a name, beside those that are kept."""
        self._write(lambda known: replace(known, views={**known.views, name: view}))

    def _write(self, changed: Callable[[Remembered], Remembered]) -> None:
        """What another dashboard has written meanwhile stays, but for what is changed."""
        if self._file is None:
            self.now = changed(self.now)
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self._file.parent):
                self.now = changed(_read(self._file) or self.now)
                write_atomically(self._file, [msgspec.json.format(msgspec.json.encode(self.now))])
        except OSError:
            self._file, self.now = None, changed(self.now)  # it is no reason to stop


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other dashboard writes there meanwhile."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(file: Path | None) -> Remembered | None:
    """As it was written, as far as that is understood; None: it cannot be read."""
    if file is None:
        return None
    try:
        read = msgspec.json.decode(file.read_bytes(), type=Remembered)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    views = {name: understood(view) for name, view in read.views.items()}
    return replace(read, view=understood(read.view), views=views)


def understood(view: View) -> View:
    """With the defaults for an order or grouping that another version wrote."""
    is_order = view.sort.removeprefix("-") in list(RowOrder)
    return replace(
        view,
        sort=view.sort if is_order else View().sort,
        grouping=view.grouping if is_grouping(view.grouping) else "",
    )
