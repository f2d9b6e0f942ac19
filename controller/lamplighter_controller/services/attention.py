"""Devices as an operator lists them: the newest window, and what is wrong."""

from typing import Any

import msgspec
from lamplighter_wire.messages import Capabilities, Telemetry

from lamplighter_controller.domain.attention import Notice, Standing, notices
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.views import objective_of
from lamplighter_controller.store.records import DeviceRecord


def attention(ctx: Context, record: DeviceRecord) -> dict[str, Any]:
    """`telemetry`: the newest window or None; `attention`: notices, errors first."""
    window = next(iter(ctx.store.telemetry(record.id, limit=1)), None)
    return {
        "telemetry": None if window is None else msgspec.to_builtins(window),
        "attention": []
        if record.retired_at
        else msgspec.to_builtins(list(_notices(ctx, record, window))),
    }


def _notices(ctx: Context, record: DeviceRecord, window: Telemetry | None) -> tuple[Notice, ...]:
    last = ctx.store.deployment(record.id, record.revision) if record.revision else None
    standing = Standing(
        online=record.online,
        last_seen=record.last_seen,
        capabilities=record.capabilities or Capabilities(),
        objective=objective_of(ctx, record),
        telemetry=window,
        outcome=last.outcome if last else "",
        reason=last.reason if last else "",
        variant=last.variant if last else "",
        deployed_at=last.at if last else 0.0,
        patience_s=ctx.settings.patience_s,
    )
    return notices(standing, ctx.clock.time())
