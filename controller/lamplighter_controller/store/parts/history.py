"""Old history goes."""

from lamplighter_controller.store.database import Part
from lamplighter_controller.store.pruning import HistoryKind, Position, Pruned, prune


class SqlHistory(Part):
    """Implements `HistoryUpkeep`."""

    def prune_history(
        self, kind: HistoryKind, before: float, after: Position | None, limit: int
    ) -> Pruned:
        with self._database.transaction() as connection:
            return prune(connection, kind, before, after, limit)
