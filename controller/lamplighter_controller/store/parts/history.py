"""Old history goes."""

from lamplighter_controller.store.database import Part
from lamplighter_controller.store.pruning import (
    HistoryKind,
    Position,
    Pruned,
    crowded_devices,
    prune,
    trim_events,
)


class SqlHistory(Part):
    """Implements `HistoryUpkeep` and `EventQuota`."""

    def prune_history(
        self, kind: HistoryKind, before: float, after: Position | None, limit: int
    ) -> Pruned:
        with self._database.transaction() as connection:
            return prune(connection, kind, before, after, limit)

    def devices_with_more_events(self, most: int) -> list[str]:
        with self._database.transaction() as connection:
            return crowded_devices(connection, most)

    def trim_events(self, device: str, most: int, limit: int) -> int:
        with self._database.transaction() as connection:
            return trim_events(connection, device, most, limit)
