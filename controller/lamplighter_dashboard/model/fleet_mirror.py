"""The fleet's rows as the controller told them, kept up to date by what changes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lamplighter_client.documents import FleetPage, FleetRow
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges
from lamplighter_client.streaming.row_order import RowOrder, place_of

from lamplighter_dashboard.words.groupings import GROUP, LABEL


@dataclass(frozen=True)
class Group:
    """Rows that have a value in common. `key`: that value; empty: none."""

    key: str
    rows: Sequence[FleetRow] = field(default_factory=tuple)


class FleetMirror:
    """Rows by device. `version` grows with each change; `is_whole`: the last page has come."""

    def __init__(self) -> None:
        self.rows: dict[str, FleetRow] = {}
        self.version, self.is_whole = 0, False
        self._told = 0
        self.controller_ahead_s = 0.0

    @property
    def devices(self) -> int:
        """How many there are; as the controller told, until all of them have come."""
        return len(self.rows) if self.is_whole else max(self._told, len(self.rows))

    def begin(self, page: FleetPage, now: float) -> None:
        """The first page of a reading: whatever was there before is forgotten."""
        self.rows = {}
        self._told = page.devices
        self.add(page, now)

    def add(self, page: FleetPage, now: float) -> None:
        """A further page. `now`: our wall clock."""
        self.rows.update((row.id, row) for row in page.rows)
        self.is_whole = not page.after
        self._note_clock(page.at, now)
        self.version += 1

    def apply(self, changes: FleetChanges, now: float) -> None:
        """What the stream told."""
        for device in changes.gone:
            self.rows.pop(device, None)
        self.rows.update((row.id, row) for row in changes.rows)
        self._note_clock(changes.at, now)
        self.version += 1

    def ordered(self, order: RowOrder, *, descending: bool) -> list[FleetRow]:
        """All rows in an order."""
        return sorted(self.rows.values(), key=lambda row: place_of(row, order), reverse=descending)

    def controller_time(self, now: float) -> float:
        """The controller's wall clock, as it was told last, gone on since."""
        return now + self.controller_ahead_s

    def _note_clock(self, at: float, now: float) -> None:
        if at:
            self.controller_ahead_s = at - now


CLASS_LETTERS = 4


def key_of(row: FleetRow, by: str) -> str:
    """The value that a row is grouped by. `by` is one that `is_grouping` knows."""
    if by == GROUP:
        return ", ".join(row.groups)
    if by.startswith(LABEL):
        return row.labels.get(by.removeprefix(LABEL), "")
    if by == "hardware" and row.processor:  # alike by name are not always alike
        return f"{row.processor} ({row.hardware[:CLASS_LETTERS]})"
    return str(getattr(row, by))


def grouped(rows: Iterable[FleetRow], by: str) -> list[Group]:
    """Groups by name, their rows in the order they come in."""
    found: dict[str, list[FleetRow]] = {}
    for row in rows:
        found.setdefault(key_of(row, by), []).append(row)
    return [Group(key, found[key]) for key in sorted(found)]
