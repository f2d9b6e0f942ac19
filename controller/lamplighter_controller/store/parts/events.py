"""Events of devices and of the controller."""

import sqlalchemy as sa

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.fleet.among import Among, is_among
from lamplighter_controller.store.records import (
    EventRecord,
)


class SqlEvents(Part):
    """Implements `EventStore`."""

    def add_event(self, event: EventRecord) -> EventRecord | None:
        columns = t.events.c
        same = (columns.device == event.device, columns.seq == event.seq, columns.at == event.at)
        with self._database.transaction() as connection:
            if event.seq and connection.execute(sa.select(columns.id).where(*same)).first():
                return None
            return self._database.add_numbered(t.events, event)

    def events(
        self,
        device: str | None = None,
        after: int = 0,
        limit: int = 200,
        among: Among = None,
    ) -> list[EventRecord]:
        query = sa.select(t.events).where(t.events.c.id > after, is_among(t.events.c.device, among))
        if device is not None:
            query = query.where(t.events.c.device == device)
        if after:
            return self._database.all(EventRecord, query.order_by(t.events.c.id).limit(limit))
        newest = self._database.all(EventRecord, query.order_by(t.events.c.id.desc()).limit(limit))
        return newest[::-1]
