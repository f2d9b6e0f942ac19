"""The table of all devices, in memory: brought up to date when it is asked for."""

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.streaming.row_order import RowOrder, SortValue, place_of
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.domain.groups.facts import DeviceFacts
from lamplighter_controller.domain.groups.matching import holds
from lamplighter_controller.domain.groups.query import Query, parse_query
from lamplighter_controller.domain.selection.device_selection import DeviceSelection, Position
from lamplighter_controller.services.fleet_rows.row_builder import RowBuilder
from lamplighter_controller.services.fleet_rows.row_filter import RowFilter
from lamplighter_controller.store.fleet.stores import FleetStore
from lamplighter_controller.store.groups.stores import GroupStore
from lamplighter_controller.store.records import DeviceRecord

# What time alone changes, such as a device's silence, is noticed within this.
SWEEP_S = 30.0
BATCH = 200

Judge = Callable[[Sequence[DeviceRecord]], Sequence[Sequence[Notice]]]
Learn = Callable[[Sequence[DeviceRecord]], Sequence[DeviceFacts]]


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A device's row as of a mark, and what queries ask of it; without either: it has left."""

    mark: int
    device: str
    row: FleetRow | None = None
    facts: DeviceFacts | None = None


@dataclass(frozen=True)
class RowPage:
    """Rows, how many there are of them in all, and the place where the next page begins."""

    rows: list[FleetRow]
    matched: int
    devices: int
    mark: int
    end: tuple[SortValue, str] | None


class FleetRows:
    """Rows by device. Methods may be called from any thread.

    Args:
        judge: what is wrong with devices, worst first.
        learn: what queries ask of devices.
    """

    def __init__(
        self,
        fleet: FleetStore,
        groups: GroupStore,
        builder: RowBuilder,
        judge: Judge,
        learn: Learn,
        clock: Clock,
        overrides: Callable[[], object],
    ) -> None:
        self._fleet, self._groups, self._builder = fleet, groups, builder
        self._judge, self._learn, self._clock = judge, learn, clock
        self._overrides = overrides
        self._lock = threading.Lock()
        self._kept: dict[str, KeptRow] = {}  # in the order of their marks
        self._mark = 0
        self._written = 0  # the store's mark up to which its changes are in here
        self._due: dict[str, None] = {}  # to be looked at again, the next first
        self._looked_at = clock.monotonic()
        self._named: tuple[tuple[str, str], ...] = ()  # groups and their queries
        self._queries: dict[str, Query] = {}
        self._set_by_hand: object = None
        self._is_filled = False
        self.run = secrets.token_hex(4)
        """Marks are comparable within it."""

    def page(
        self,
        wanted: RowFilter,
        order: RowOrder,
        *,
        descending: bool,
        after: tuple[SortValue, str] | None,
        limit: int,
    ) -> RowPage:
        """Rows in an order, from a place on."""
        with self._lock:
            self._refresh()
            now, kept, mark = self._clock.time(), list(self._kept.values()), self._mark
        within = [one for one in kept if one.facts is not None and wanted.reaches(one.facts)]
        rows = [one.row for one in within if one.row and _is_wanted(wanted, one, now)]
        rows.sort(key=lambda row: place_of(row, order), reverse=descending)
        begin = _behind(rows, order, after, descending=descending)
        page = rows[begin : begin + limit]
        more = begin + limit < len(rows)
        end = place_of(page[-1], order) if page and more else None
        return RowPage(page, len(rows), len(within), mark, end)

    def since(self, mark: int, limit: int) -> list[KeptRow]:
        """What changed after a mark, the earliest first; at most so many."""
        with self._lock:
            self._refresh()
            changed = []
            for device in reversed(self._kept):
                one = self._kept[device]
                if one.mark <= mark:
                    break
                changed.append(one)
        changed.reverse()
        return changed[:limit]

    def matching(self, wanted: RowFilter) -> dict[str, FleetRow]:
        """All rows that are asked for now, by device."""
        with self._lock:
            self._refresh()
            now, kept = self._clock.time(), list(self._kept.values())
        return {one.device: one.row for one in kept if one.row and _is_wanted(wanted, one, now)}

    @property
    def mark(self) -> int:
        """Of the newest change."""
        return self._mark

    @property
    def wall_time(self) -> float:
        """The controller's clock."""
        return self._clock.time()

    def _refresh(self) -> None:
        """Take in what was written, and look again at some that time may have changed."""
        changed = self._fleet.changed_devices(self._written)
        first = not self._is_filled
        if first:
            self._fill()
        self._written = changed.mark
        if not first:
            self._look_at(changed.devices)
        self._note_what_concerns_many()
        self._sweep()

    def _fill(self) -> None:
        self._read_groups()
        self._set_by_hand = self._overrides()
        place: Position | None = None
        while True:
            selection = DeviceSelection(now=self._clock.time(), limit=BATCH, after=place)
            records = self._fleet.select_devices(selection)
            self._take(records)
            if len(records) < BATCH:
                break
            place = Position(records[-1].id, records[-1].id)
        self._is_filled = True

    def _look_at(self, devices: Sequence[str]) -> None:
        for first in range(0, len(devices), BATCH):
            some = devices[first : first + BATCH]
            records = self._fleet.some_devices(some)
            self._take([record for record in records if not record.retired_at])
            there = {record.id for record in records if not record.retired_at}
            self._drop(device for device in some if device not in there)

    def _take(self, records: Sequence[DeviceRecord]) -> None:
        facts, notices = self._learn(records), self._judge(records)
        for record, learnt, wrong in zip(records, facts, notices, strict=True):
            known = replace(learnt, seen_s=None)  # it is counted when it is asked for
            named = [name for name, query in self._queries.items() if holds(query, known)]
            row = self._builder.row(record, known, wrong, named)
            self._due.pop(record.id, None)
            kept = self._kept.get(record.id)
            if kept is None or (kept.row, kept.facts) != (row, known):
                self._keep(KeptRow(self._mark + 1, record.id, row, known))

    def _drop(self, devices: Iterable[str]) -> None:
        for device in devices:
            kept = self._kept.get(device)
            if kept is not None and kept.row is not None:
                self._keep(KeptRow(self._mark + 1, device))

    def _keep(self, kept: KeptRow) -> None:
        self._mark = kept.mark
        self._kept.pop(kept.device, None)
        self._kept[kept.device] = kept

    def _read_groups(self) -> bool:
        named = tuple((group.name, group.query) for group in self._groups.groups())
        if named == self._named:
            return False
        self._named = named
        self._queries = {name: parse_query(query) for name, query in named}
        return True

    def _note_what_concerns_many(self) -> None:
        """Other groups, or something set by hand: of any device that may be."""
        by_hand = self._overrides()
        if self._read_groups() or by_hand != self._set_by_hand:
            self._set_by_hand = by_hand
            self._look_at(self._present())

    def _present(self) -> list[str]:
        return [one.device for one in self._kept.values() if one.row]

    def _sweep(self) -> None:
        """A share of all devices, as large as the time since the last."""
        passed_s = self._clock.monotonic() - self._looked_at
        self._due = self._due or dict.fromkeys(self._present())
        count = min(len(self._due), int(len(self._kept) * passed_s / SWEEP_S))
        if count:
            self._looked_at = self._clock.monotonic()
            some = list(self._due)[:count]
            for device in some:
                self._due.pop(device)
            self._look_at(some)


def _is_wanted(wanted: RowFilter, kept: KeptRow, now: float) -> bool:
    if kept.row is None or kept.facts is None:
        return False
    return wanted.has(kept.facts, kept.row.last_seen, now)


def _behind(
    rows: Sequence[FleetRow],
    order: RowOrder,
    after: tuple[SortValue, str] | None,
    *,
    descending: bool,
) -> int:
    """The index of the first row behind a place."""
    if after is None:
        return 0
    for index, row in enumerate(rows):
        place = place_of(row, order)
        if (place < after) if descending else (place > after):
            return index
    return len(rows)
