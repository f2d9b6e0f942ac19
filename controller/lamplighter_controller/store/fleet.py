"""Sums over the fleet: what they need of every device in one query, and nothing else."""

import msgspec
import sqlalchemy as sa
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import OperatingPoint, Telemetry

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.base import FleetMember


class _Serving(msgspec.Struct):
    """Of a report, what the device serves."""

    serving: OperatingPoint = OperatingPoint()


def read_fleet(connection: sa.Connection) -> list[FleetMember]:
    """All devices that are not retired."""
    devices, deployments = t.devices.c, t.deployments.c
    last = sa.and_(deployments.device == devices.id, deployments.revision == devices.revision)
    columns = devices.online, devices.reported, devices.newest_window, deployments.outcome
    query = (
        sa.select(*columns)
        .select_from(t.devices.outerjoin(t.deployments, last))
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
