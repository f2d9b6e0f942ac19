"""Which rows of the history may go, looked at in the order of their age, some at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from lamplighter_controller.store import tables as t

Position = tuple[Any, ...]  # a row's time and key


class HistoryKind(StrEnum):
    """What the history consists of, in the order in which foreign keys let it go."""

    ANSWERS = "answers"
    DEPLOYMENTS = "deployments"
    PLANS = "plans"
    JOBS = "jobs"
    EVENTS = "events"


@dataclass(frozen=True)
class Pruned:
    """What came of looking at some rows: how many were deleted, and up to where was looked.

    `position` is None when nothing that is old enough is left.
    """

    rows: int
    position: Position | None


class EventQuota(Protocol):
    """Nobody's events fill the database, in short transactions."""

    def devices_with_more_events(self, most: int) -> list[str]:
        """Names of devices of which more than so many events are kept."""

    def trim_events(self, device: str, most: int, limit: int) -> int:
        """Delete `limit` of the oldest beyond the newest `most`; returns how many these were."""


@dataclass(frozen=True)
class _Rule:
    table: sa.Table
    time: str
    goes: sa.ColumnElement[bool] | None = None  # None: all that are old enough


# A device's last deployment and its plan say what it should serve, an intent and its plan what it
# shall serve, and an answer without an outcome still waits for its own; these stay, however old.
_LAST = sa.select(t.devices.c.revision).where(t.devices.c.id == t.deployments.c.device)
_USE = sa.select(t.deployments.c.revision).where(t.deployments.c.plan == t.plans.c.id)
_INTENT = sa.select(t.intents.c.device).where(t.intents.c.plan == t.plans.c.id)
_RULES: Mapping[HistoryKind, _Rule] = {
    HistoryKind.ANSWERS: _Rule(t.recompressions, "at", t.recompressions.c.outcome != ""),
    HistoryKind.DEPLOYMENTS: _Rule(
        t.deployments, "at", t.deployments.c.revision != _LAST.scalar_subquery()
    ),
    HistoryKind.PLANS: _Rule(t.plans, "at", ~_USE.exists() & ~_INTENT.exists()),
    HistoryKind.JOBS: _Rule(t.jobs, "finished_at"),
    HistoryKind.EVENTS: _Rule(t.events, "received_at"),
}


def prune(
    connection: sa.Connection, kind: HistoryKind, before: float, after: Position | None, limit: int
) -> Pruned:
    """Look at `limit` rows of before a wall-clock time, behind a position; delete what may go."""
    rule = _RULES[kind]
    key = list(rule.table.primary_key)
    order = [rule.table.c[rule.time], *key]
    goes = sa.true() if rule.goes is None else rule.goes
    query = sa.select(*order, goes.label("goes")).where(order[0] < before)
    if after is not None:
        query = query.where(sa.tuple_(*order) > sa.tuple_(*map(sa.literal, after)))
    rows = connection.execute(query.order_by(*order).limit(limit)).all()
    keys = [tuple(row[1:-1]) for row in rows if row.goes]
    if keys:
        connection.execute(sa.delete(rule.table).where(sa.tuple_(*key).in_(keys)))
    return Pruned(len(keys), tuple(rows[-1][:-1]) if len(rows) == limit else None)


def crowded_devices(connection: sa.Connection, most: int) -> list[str]:
    """Names of devices with more than so many events."""
    device = t.events.c.device
    query = sa.select(device).where(device != "").group_by(device).having(sa.func.count() > most)
    return list(connection.execute(query).scalars())


def trim_events(connection: sa.Connection, device: str, most: int, limit: int) -> int:
    """Delete some of the oldest events of a device, of those beyond the newest `most`."""
    number = t.events.c.id
    of_device = sa.select(number).where(t.events.c.device == device)
    newest = connection.execute(of_device.order_by(number.desc()).offset(most).limit(1)).scalar()
    if newest is None:
        return 0
    oldest = of_device.where(number <= newest).order_by(number).limit(limit)
    goes = list(connection.execute(oldest).scalars())
    connection.execute(sa.delete(t.events).where(number.in_(goes)))
    return len(goes)
