"""What devices measure and what happens to them: windows and events."""

import msgspec
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import Event, Telemetry, Workload

from lamplighter_controller.domain.devices import remembered_fps
from lamplighter_controller.domain.message_order import Mark, is_late, is_older
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.services import adaptations
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.decisions import consider
from lamplighter_controller.services.learning import learn_from_telemetry
from lamplighter_controller.store.records import EventRecord

OVERDUE_CAUSE = "the street changed while the device was away"


def record_telemetry(ctx: Context, device: str, window: Telemetry) -> None:
    """One window: kept once, the predictor corrected, and the workload noted if it is news."""
    if not ctx.store.add_telemetry([window]):
        return
    record = ctx.store.update_device(device, last_seen=ctx.clock.time())
    if not window.serving.variant or not window.frames:
        # Who serves no model sees no objects: that says nothing about the street.
        return
    state, said = ctx.state(device), Mark(window.seq, window.start + window.seconds)
    # Requests overtake windows, and both may have waited for a link.
    is_news = not is_older(said, state.workload) and not is_late(said, state.session)
    regime = str(window.regime)
    fps = remembered_fps(state.fps_by_regime.get(regime, 0.0), window.fps_demand)
    noted = {"serving": window.serving, "workload": said} if is_news else {}
    ctx.remember(device, fps_by_regime=state.fps_by_regime | {regime: fps}, **noted)
    if is_news:
        workload = Workload(regime=window.regime, fps_demand=window.fps_demand)
        record = ctx.store.update_device(device, workload=workload)
    learn_from_telemetry(ctx, record, window)
    adaptations.judge_measured(ctx, record)
    if is_news and state.overdue:
        consider(ctx, device, OVERDUE_CAUSE, Trigger(TriggerKind.SHIFT, at=ctx.clock.time()))
        ctx.remember(device, overdue=False)


def record_event(ctx: Context, device: str, event: Event) -> None:
    """Keep it, once."""
    ctx.store.add_event(
        EventRecord(
            device=device,
            seq=event.seq,
            at=event.at,
            kind=event.kind[:60],
            severity=event.severity,
            text=event.text[:1000],
            data=msgspec.to_builtins(event.data),
        )
    )
