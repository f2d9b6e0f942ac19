"""What operators have said of notices."""

import sqlalchemy as sa

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.attention.records import MarkRecord
from lamplighter_controller.store.attention.tables import attention_marks
from lamplighter_controller.store.database import Part


class SqlMarks(Part):
    """Implements `MarkStore`."""

    def marks(self, *, open_at: float | None = None, limit: int = 0) -> list[MarkRecord]:
        columns = attention_marks.c
        query = sa.select(attention_marks).order_by(columns.id.desc())
        if open_at is not None:
            lasts = sa.or_(columns.until == 0.0, columns.until > open_at)
            query = query.where(columns.ended_at.is_(None), lasts)
        return self._database.all(MarkRecord, query.limit(limit or None))

    def mark(self, number: int) -> MarkRecord:
        query = sa.select(attention_marks).where(attention_marks.c.id == number)
        record = self._database.first(MarkRecord, query)
        if record is None:
            raise NotFoundError(f"no mark {number}; see: lamplighter attention list")
        return record

    def add_mark(self, mark: MarkRecord) -> MarkRecord:
        with self._database.transaction():
            self._database.mark_devices([mark.device])
            return self._database.add_numbered(attention_marks, mark)

    def put_mark(self, mark: MarkRecord) -> None:
        with self._database.transaction():
            self._database.mark_devices([mark.device])
            self._database.put(attention_marks, mark)
