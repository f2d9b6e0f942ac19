"""What operators have set by hand."""

import sqlalchemy as sa

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.groups.records import OverrideRecord
from lamplighter_controller.store.groups.tables import overrides


class SqlOverrides(Part):
    """Implements `OverrideStore`."""

    def overrides(self, *, ended: bool = False, limit: int = 0) -> list[OverrideRecord]:
        query = sa.select(overrides).order_by(overrides.c.id.desc()).limit(limit or None)
        if not ended:
            query = query.where(overrides.c.ended_at.is_(None))
        return self._database.all(OverrideRecord, query)

    def override(self, number: int) -> OverrideRecord:
        query = sa.select(overrides).where(overrides.c.id == number)
        record = self._database.first(OverrideRecord, query)
        if record is None:
            raise NotFoundError(f"no override {number}; see: lamplighter override list")
        return record

    def add_override(self, override: OverrideRecord) -> OverrideRecord:
        return self._database.add_numbered(overrides, override)

    def put_override(self, override: OverrideRecord) -> None:
        self._database.put(overrides, override)
