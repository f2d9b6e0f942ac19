"""Events of devices and of the controller."""

from collections.abc import Iterator

import sqlalchemy as sa
from lamplighter_wire.enums import Severity

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.fleet.among import Among, is_among
from lamplighter_controller.store.records import (
    EventRecord,
)
from lamplighter_controller.store.telemetry.event_selection import EVERY_EVENT, EventSelection

AT_LEAST = {
    Severity.WARNING: (Severity.WARNING, Severity.ERROR),
    Severity.ERROR: (Severity.ERROR,),
}
CONTROLLER = "controller"
"""What an event without a device is about."""


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
        selection: EventSelection = EVERY_EVENT,
    ) -> list[EventRecord]:
        query = sa.select(t.events).where(
            t.events.c.id > after, is_among(t.events.c.device, among), *_clauses(selection)
        )
        if device is not None:
            query = query.where(t.events.c.device == device)
        if after:
            return self._database.all(EventRecord, query.order_by(t.events.c.id).limit(limit))
        newest = self._database.all(EventRecord, query.order_by(t.events.c.id.desc()).limit(limit))
        return newest[::-1]


def _clauses(selection: EventSelection) -> Iterator[sa.ColumnElement[bool]]:
    """What must hold of a row."""
    columns = t.events.c
    if selection.least in AT_LEAST:
        yield columns.severity.in_(AT_LEAST[selection.least])
    if selection.kinds:
        yield columns.kind.in_(selection.kinds)
    if selection.since:
        yield columns.at >= selection.since
    if selection.until:
        yield columns.at < selection.until
    if selection.before:
        yield columns.id < selection.before
    yield from map(_has, selection.words)


def _has(word: str) -> sa.ColumnElement[bool]:
    columns = t.events.c
    subject = sa.case((columns.device == "", CONTROLLER), else_=columns.device)
    places = (sa.func.lower(place) for place in (subject, columns.kind, columns.text))
    return sa.or_(*(place.contains(word.lower(), autoescape=True) for place in places))
