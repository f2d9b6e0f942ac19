"""What is wrong with a device, from its records."""

from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Capabilities, Telemetry

from lamplighter_controller.domain.health import Notice, Standing, notices
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.projections import objective_of
from lamplighter_controller.store.records import DeviceRecord


def attention(ctx: Context, record: DeviceRecord, window: Telemetry | None) -> tuple[Notice, ...]:
    """Notices for an operator, errors first; `window` is the device's newest telemetry."""
    if record.retired_at:
        return ()
    last = ctx.store.deployment(record.id, record.revision) if record.revision else None
    standing = Standing(
        online=record.online,
        last_seen=record.last_seen,
        capabilities=record.capabilities or Capabilities(),
        objective=objective_of(ctx, record),
        telemetry=window,
        outcome=last.outcome if last else Outcome.NONE,
        reason=last.reason if last else "",
        variant=last.variant if last else "",
        deployed_at=last.at if last else 0.0,
        patience_s=ctx.settings.patience_s,
    )
    return notices(standing, ctx.clock.time())
