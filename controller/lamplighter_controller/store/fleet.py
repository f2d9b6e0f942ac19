"""Sums over the fleet: what they need of every device in one query, and nothing else."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import OperatingPoint, Telemetry

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.base import FleetMember
from lamplighter_controller.store.parts.device_changes import MOST_KEYS
from lamplighter_controller.store.records import DeploymentRecord
from lamplighter_controller.store.rows import from_row

# A device's deployment of its present revision.
LAST = sa.and_(
    t.deployments.c.device == t.devices.c.id, t.deployments.c.revision == t.devices.c.revision
)


class _Serving(msgspec.Struct):
    """Of a report, what the device serves."""

    serving: OperatingPoint = OperatingPoint()


def read_fleet(connection: sa.Connection) -> list[FleetMember]:
    """All devices that are not retired."""
    devices, deployments = t.devices.c, t.deployments.c
    columns = devices.online, devices.reported, devices.newest_window, deployments.outcome
    query = (
        sa.select(*columns)
        .select_from(t.devices.outerjoin(t.deployments, LAST))
        .where(devices.retired_at.is_(None))
    )
    return [_member(*row) for row in connection.execute(query)]


def _member(
    online: bool, reported: str | None, window: str | None, outcome: str | None
) -> FleetMember:
    said = msgspec.json.decode(reported, type=_Serving) if reported else _Serving()
    return FleetMember(
        online=online,
        outcome=None if outcome is None else Outcome(outcome),
        serving=said.serving.variant,
        window=msgspec.json.decode(window, type=Telemetry) if window else None,
    )


def count_answers(connection: sa.Connection) -> dict[str, int]:
    """Answers by kind."""
    kind = t.recompressions.c.kind
    rows = connection.execute(sa.select(kind, sa.func.count()).group_by(kind))
    return {row[0]: row[1] for row in rows}


def read_last_deployments(
    connection: sa.Connection, devices: Sequence[str]
) -> dict[str, DeploymentRecord]:
    """By device, the deployment of its present revision."""
    query = sa.select(t.deployments).select_from(t.devices.join(t.deployments, LAST))
    rows = (
        row
        for first in range(0, len(devices), MOST_KEYS)
        for row in connection.execute(
            query.where(t.devices.c.id.in_(devices[first : first + MOST_KEYS]))
        )
    )
    return {row.device: from_row(DeploymentRecord, row) for row in rows}
