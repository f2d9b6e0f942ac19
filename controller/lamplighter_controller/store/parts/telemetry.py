"""Windows of telemetry and their summaries."""

from collections.abc import Iterable, Sequence

from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.street.intervals import StreetInterval
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import Summary
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.parts.device_changes import read_devices_and_states, write_changes
from lamplighter_controller.store.records import (
    DeviceRecord,
    DeviceState,
)
from lamplighter_controller.store.street.intervals import delete_intervals, read_intervals
from lamplighter_controller.store.telemetry.condensing import condense_windows
from lamplighter_controller.store.telemetry.conditions import delete_conditions
from lamplighter_controller.store.telemetry.series import Series, next_series, series_of
from lamplighter_controller.store.telemetry.stores import DeviceChange
from lamplighter_controller.store.telemetry.summaries import delete_summaries, read_newest_summaries
from lamplighter_controller.store.telemetry.windows import (
    insert_windows,
    read_newest_windows,
    read_windows_between,
)


class SqlTelemetry(Part):
    """Implements `TelemetryStore` and `TelemetryUpkeep`."""

    def devices_and_states(
        self, devices: Iterable[str]
    ) -> dict[str, tuple[DeviceRecord, DeviceState]]:
        with self._database.reading() as connection:
            return read_devices_and_states(connection, devices)

    def add_telemetry(self, windows: Sequence[Telemetry], received_at: float) -> list[Telemetry]:
        with self._database.transaction() as connection:
            return insert_windows(connection, windows, received_at)

    def save_changes(self, changes: Iterable[DeviceChange]) -> None:
        with self._database.transaction() as connection:
            written = list(changes)
            write_changes(connection, written)
            self._database.mark_devices(change.record.id for change in written)

    def telemetry(
        self,
        device: str,
        since: float = 0.0,
        limit: int | None = 500,
        stream: str | None = None,
        until: float | None = None,
    ) -> list[Telemetry]:
        with self._database.reading() as connection:
            series = series_of(connection, device, stream)
            return read_newest_windows(connection, series, since, limit, until)

    def summaries(
        self,
        device: str,
        resolution_s: int,
        since: float = 0.0,
        limit: int | None = 500,
        stream: str | None = None,
        until: float | None = None,
    ) -> list[Summary]:
        with self._database.reading() as connection:
            series = series_of(connection, device, stream)
            return read_newest_summaries(connection, series, resolution_s, since, limit, until)

    def street_intervals(
        self, device: str, since: float, until: float, stream: str | None = None
    ) -> list[StreetInterval]:
        with self._database.reading() as connection:
            return read_intervals(connection, series_of(connection, device, stream), since, until)

    def windows_between(
        self, device: str, since: float, until: float, stream: str | None = None
    ) -> list[Telemetry]:
        with self._database.reading() as connection:
            series = series_of(connection, device, stream)
            return read_windows_between(connection, series, since, until)

    def next_series(self, after: Series | None) -> Series | None:
        with self._database.reading() as connection:
            return next_series(connection, after)

    def condense_windows(self, series: Series, cutoff: Cutoff, limit: int) -> int:
        with self._database.transaction() as connection:
            return condense_windows(connection, series, cutoff, limit)

    def delete_summaries(
        self, series: Series, resolution_s: int, cutoff: Cutoff, limit: int
    ) -> int:
        with self._database.transaction() as connection:
            return delete_summaries(connection, series, resolution_s, cutoff, limit)

    def delete_street_intervals(self, series: Series, cutoff: Cutoff, limit: int) -> int:
        with self._database.transaction() as connection:
            return delete_intervals(connection, series, cutoff, limit)

    def delete_conditions(self, before: float) -> int:
        with self._database.transaction() as connection:
            return delete_conditions(connection, before)
