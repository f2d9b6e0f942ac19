"""What is deleted in time, so that a controller runs for years on one disk."""

import logging

from lamplighter_controller.services.context import Context

_log = logging.getLogger(__name__)

HOUSEKEEPING_S = 600.0
_DAY_S = 86_400.0


def keep_house(ctx: Context) -> None:
    """Delete what is too old, and come again whatever became of it."""
    try:
        _prune(ctx)
    finally:
        ctx.worker.later(HOUSEKEEPING_S, keep_house, ctx)


def _prune(ctx: Context) -> None:
    now, settings = ctx.clock.time(), ctx.settings
    windows = ctx.store.prune_telemetry(now - settings.telemetry_days * _DAY_S)
    rows = ctx.store.prune_history(now - settings.history_days * _DAY_S)
    if windows or rows:
        _log.info("deleted for their age: %d telemetry windows, %d other rows", windows, rows)
