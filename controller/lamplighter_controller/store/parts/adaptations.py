"""Answers to shifts and breaches."""

from collections.abc import Collection

import sqlalchemy as sa

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.fleet.among import Among, is_among
from lamplighter_controller.store.records import (
    RecompressionRecord,
)


class SqlAdaptations(Part):
    """Implements `AdaptationStore`."""

    def add_recompression(self, record: RecompressionRecord) -> RecompressionRecord:
        return self._database.add_numbered(t.recompressions, record)

    def update_recompression(self, record: RecompressionRecord) -> None:
        self._database.put(t.recompressions, record)

    def recompressions(
        self,
        device: str | None = None,
        *,
        after: int = 0,
        limit: int = 0,
        without: Collection[str] = (),
        among: Among = None,
    ) -> list[RecompressionRecord]:
        columns = t.recompressions.c
        query = sa.select(t.recompressions).order_by(columns.id)
        query = query.where(columns.id > after, is_among(columns.device, among))
        if device is not None:
            query = query.where(columns.device == device)
        if without:
            query = query.where(columns.kind.not_in(without))
        return self._database.all(RecompressionRecord, query.limit(limit or None))

    def recompression(self, number: int) -> RecompressionRecord | None:
        query = sa.select(t.recompressions).where(t.recompressions.c.id == number)
        return self._database.first(RecompressionRecord, query)

    def recompression_of(self, device: str, revision: int) -> RecompressionRecord | None:
        if not revision:
            return None
        columns = t.recompressions.c
        where = (columns.device == device, columns.revision == revision)
        query = sa.select(t.recompressions).where(*where).order_by(columns.id)
        return self._database.first(RecompressionRecord, query)
