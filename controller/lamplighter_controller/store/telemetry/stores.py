"""Windows, events and what is left of them after a while."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.domain.street.intervals import StreetInterval
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import Summary
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.pruning import HistoryKind, Position, Pruned
from lamplighter_controller.store.records import (
    DeviceRecord,
    DeviceState,
    EventRecord,
)
from lamplighter_controller.store.telemetry.event_selection import EVERY_EVENT, EventSelection
from lamplighter_controller.store.telemetry.series import Series


@dataclass(frozen=True)
class DeviceChange:
    """What a batch of windows changes of a device."""

    record: DeviceRecord
    state: DeviceState
    observations: tuple[Observation, ...] | None = None  # None: as they were


class TelemetryStore(Protocol):
    """Windows of telemetry."""

    def devices_and_states(
        self, devices: Iterable[str]
    ) -> dict[str, tuple[DeviceRecord, DeviceState]]:
        """Several devices at once; those that are not there are left out."""

    def add_telemetry(self, windows: Sequence[Telemetry], received_at: float) -> list[Telemetry]:
        """Keep them and return those that were not here before."""

    def save_changes(self, changes: Iterable[DeviceChange]) -> None:
        """Of a record only what windows tell: workload, newest windows, last seen."""

    def telemetry(
        self,
        device: str,
        since: float = 0.0,
        limit: int | None = 500,
        stream: str | None = None,
        until: float | None = None,
    ) -> list[Telemetry]:
        """The newest `limit` windows that are kept one by one, oldest first; None is no limit.

        Of all streams together, or of one; with `until` of those that begin before it.
        """

    def summaries(
        self,
        device: str,
        resolution_s: int,
        since: float = 0.0,
        limit: int | None = 500,
        stream: str | None = None,
        until: float | None = None,
    ) -> list[Summary]:
        """The newest `limit` summaries that end after `since`, oldest first; None is no limit.

        Of all streams together, or of one; with `until` of those that begin before it.
        """

    def street_intervals(
        self, device: str, since: float, until: float, stream: str | None = None
    ) -> list[StreetInterval]:
        """Those kept for good that begin within [since, until), oldest first.

        They hold what is kept one by one no longer. Of all streams, or of one.
        """

    def windows_between(
        self, device: str, since: float, until: float, stream: str | None = None
    ) -> list[Telemetry]:
        """All that are kept one by one and begin within [since, until), oldest first."""


class TelemetryUpkeep(Protocol):
    """Windows become summaries, and summaries go. Each call is one short transaction."""

    def next_series(self, after: Series | None) -> Series | None:
        """The first series, or that behind another; None behind the last."""

    def condense_windows(self, series: Series, cutoff: Cutoff, limit: int) -> int:
        """Put the oldest `limit` windows beyond a cutoff into summaries; returns how many."""

    def delete_summaries(
        self, series: Series, resolution_s: int, cutoff: Cutoff, limit: int
    ) -> int:
        """Delete at most `limit` beyond a cutoff; returns how many."""

    def delete_street_intervals(self, series: Series, cutoff: Cutoff, limit: int) -> int:
        """Delete at most `limit` beyond a cutoff; returns how many."""

    def delete_conditions(self, before: float) -> int:
        """Delete what no window was measured under since; returns how many."""


class HistoryUpkeep(Protocol):
    """Old history goes, in short transactions."""

    def prune_history(
        self, kind: HistoryKind, before: float, after: Position | None, limit: int
    ) -> Pruned:
        """Look at `limit` rows of before, behind a position, and delete those that may go.

        The last deployment of each device, its plan, and what is under way stay.
        """


class EventSink(Protocol):
    """Where events are kept, each once."""

    def add_event(self, event: EventRecord) -> EventRecord | None:
        """Keep it; None when the device had sent it before."""


class EventStore(EventSink, Protocol):
    """Events of devices and of the controller."""

    def events(
        self,
        device: str | None = None,
        after: int = 0,
        limit: int = 200,
        among: Among = None,
        selection: EventSelection = EVERY_EVENT,
    ) -> list[EventRecord]:
        """After the id `after`, oldest first; the newest `limit` when `after` is 0."""
