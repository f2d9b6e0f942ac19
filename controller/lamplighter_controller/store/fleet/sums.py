"""Sums over the fleet: what they need of every device in one query, and nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from lamplighter_wire.enums import Outcome

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.base import DeploymentStanding
from lamplighter_controller.store.fleet.among import Among, is_among
from lamplighter_controller.store.fleet.stores import FleetPart, WindowSums
from lamplighter_controller.store.parts.device_changes import MOST_KEYS
from lamplighter_controller.store.records import DeploymentRecord
from lamplighter_controller.store.rows import from_row

# A device's deployment of its present revision.
LAST = sa.and_(
    t.deployments.c.device == t.devices.c.id, t.deployments.c.revision == t.devices.c.revision
)


# What the fleet's devices are alike in, and how many of each there are.
_PARTS = t.devices.c.online, t.deployments.c.outcome, t.devices.c.serving


class _Figures(msgspec.Struct):
    """Of a window, what is summed up; the rest of its text is passed over."""

    fps_demand: float = 0.0
    fps_served: float = 0.0
    power_w: float = 0.0
    dropped: int = 0


def count_devices(connection: sa.Connection, among: Among = None) -> list[FleetPart]:
    """All devices that are not retired."""
    query = (
        sa.select(*_PARTS, sa.func.count())
        .select_from(t.devices.outerjoin(t.deployments, LAST))
        .where(t.devices.c.retired_at.is_(None), is_among(t.devices.c.id, among))
        .group_by(*_PARTS)
    )
    return [
        FleetPart(online, None if outcome is None else Outcome(outcome), serving, devices)
        for online, outcome, serving, devices in connection.execute(query)
    ]


def sum_windows(connection: sa.Connection, among: Among = None) -> WindowSums:
    """Over the newest windows of the devices that are online."""
    columns = t.devices.c
    present = (
        columns.online,
        columns.retired_at.is_(None),
        columns.newest_window.is_not(None),
        is_among(columns.id, among),
    )
    decode = msgspec.json.Decoder(_Figures).decode
    texts = connection.execute(sa.select(columns.newest_window).where(*present)).scalars()
    figures = [decode(text) for text in texts]
    return WindowSums(
        fps_demand=sum(f.fps_demand for f in figures),
        fps_served=sum(f.fps_served for f in figures),
        power_w=sum(f.power_w for f in figures),
        dropped=sum(f.dropped for f in figures),
    )


def count_answers(connection: sa.Connection, among: Among = None) -> dict[str, int]:
    """Answers by kind."""
    kind, own = t.recompressions.c.kind, is_among(t.recompressions.c.device, among)
    rows = connection.execute(sa.select(kind, sa.func.count()).where(own).group_by(kind))
    return {row[0]: row[1] for row in rows}


def read_last_deployments(
    connection: sa.Connection, devices: Sequence[str]
) -> dict[str, DeploymentRecord]:
    """By device, the deployment of its present revision."""
    rows = _of_devices(connection, sa.select(t.deployments), devices)
    return {row.device: from_row(DeploymentRecord, row) for row in rows}


def read_deployment_standings(
    connection: sa.Connection, devices: Sequence[str]
) -> dict[str, DeploymentStanding]:
    """The same without what devices reported, which is most of it."""
    names = "device", "variant", "at", "outcome", "reason"
    rows = _of_devices(connection, sa.select(*(t.deployments.c[name] for name in names)), devices)
    return {
        row.device: DeploymentStanding(row.variant, row.at, Outcome(row.outcome), row.reason)
        for row in rows
    }


def _of_devices(
    connection: sa.Connection, query: sa.Select[Any], devices: Sequence[str]
) -> Iterator[sa.Row[Any]]:
    """Rows of the last deployments of these devices."""
    last = query.select_from(t.devices.join(t.deployments, LAST))
    for first in range(0, len(devices), MOST_KEYS):
        some = devices[first : first + MOST_KEYS]
        yield from connection.execute(last.where(t.devices.c.id.in_(some)))
