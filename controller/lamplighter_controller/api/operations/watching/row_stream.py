"""What one listener is told of the fleet's rows, and when."""

import time
from collections.abc import Callable

import anyio
import msgspec
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges, FleetRow

from lamplighter_controller.services.fleet_rows.fleet_rows import FleetRows, KeptRow
from lamplighter_controller.services.fleet_rows.row_filter import RowFilter

# In one event; the rest follows with the next.
MOST_CHANGES = 1000
HEARTBEAT_S = 5.0
# How often a query on ages is asked anew.
AGES_S = 20.0


class RowStream:
    """Goes from mark to mark.

    Args:
        wanted: which rows, by the query and how far the token reaches now; asked before each event.
        after: cursor to go on from; empty: the whole table comes first.
    """

    def __init__(
        self, rows: FleetRows, wanted: Callable[[], RowFilter], every_s: float, after: str
    ) -> None:
        self._rows, self._wanted_now, self._every_s = rows, wanted, every_s
        self._wanted = wanted()
        run, _, mark = after.partition(".")
        self._mark = int(mark) if after else 0
        self._is_lost = bool(after) and run != rows.run
        self._told: set[str] | None = None  # devices whose rows the listener has; None: not known
        self._spoke_at = self._aged_at = time.monotonic()

    def next(self) -> str:
        """The next event as it goes out, or a line that keeps the connection; empty: nothing."""
        self._follow_reach()
        if self._is_lost:
            self._is_lost, self._mark, self._told = False, self._rows.mark, None
            return self._event(FleetChanges(reset=True, at=self._rows.wall_time))
        changes = self._changes()
        if changes.rows or changes.gone:
            return self._event(changes)
        if time.monotonic() - self._spoke_at < HEARTBEAT_S:
            return ""
        self._spoke_at = time.monotonic()
        return ": still here\n\n"

    async def pause(self) -> None:
        """Until it is time for the next."""
        await anyio.sleep(self._every_s)

    def _follow_reach(self) -> None:
        """Where the token reaches other devices than before, the listener reads the table anew."""
        wanted = self._wanted_now()
        if wanted != self._wanted:
            self._wanted, self._is_lost = wanted, True

    def _changes(self) -> FleetChanges:
        if self._told is None:
            self._told = set(self._rows.matching(self._wanted))
            changed = self._rows.since(self._mark, MOST_CHANGES)
            may_have_left = {one.device for one in changed} if self._wanted.reach is None else set()
            self._told |= may_have_left
        else:
            changed = self._rows.since(self._mark, MOST_CHANGES)
        if changed:
            self._mark = changed[-1].mark
        now = self._rows.wall_time
        rows = [one.row for one in changed if one.row and self._is_wanted(one, now)]
        return self._with_ages(rows, {one.device for one in changed}, now)

    def _with_ages(self, rows: list[FleetRow], changed: set[str], now: float) -> FleetChanges:
        told = self._told or set()
        there = {row.id for row in rows}
        gone = (changed & told) - there
        if self._wanted.ages and time.monotonic() - self._aged_at > AGES_S:
            self._aged_at = time.monotonic()
            matching = self._rows.matching(self._wanted)
            rows += [row for device, row in matching.items() if device not in told | there]
            gone |= told - matching.keys()
            there |= matching.keys()
        self._told = (told | there) - gone
        return FleetChanges(rows=rows, gone=sorted(gone), at=now)

    def _is_wanted(self, one: KeptRow, now: float) -> bool:
        if one.row is None or one.facts is None:
            return False
        return self._wanted.has(one.facts, one.row.last_seen, now)

    def _event(self, changes: FleetChanges) -> str:
        self._spoke_at = time.monotonic()
        cursor, data = f"{self._rows.run}.{self._mark}", msgspec.json.encode(changes).decode()
        return f"id: {cursor}\nevent: changes\ndata: {data}\n\n"
