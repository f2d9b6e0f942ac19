"""What devices ask for. A request has its effect once, and only while it is about the present."""

from lamplighter_wire.enums import RequestKind, Severity, TriggerKind
from lamplighter_wire.messages import Request

from lamplighter_controller.domain.message_order import Mark, is_late, is_older
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.services import adaptations
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.decisions import consider


def answer_request(ctx: Context, device: str, request: Request) -> None:
    """`recompress` is decided; what is not known is told of. (Chunks never come here.)"""
    if request.kind == RequestKind.RECOMPRESS:
        _answer_once(ctx, device, request)
    else:
        ctx.event(
            "unknown_request",
            f"{device} asks for {request.kind[:40]!r}, which this controller does not know",
            device=device,
            severity=Severity.WARNING,
        )


def _answer_once(ctx: Context, device: str, request: Request) -> None:
    state, said = ctx.state(device), Mark(request.seq, request.at)
    if is_older(said, state.request):
        return
    if is_late(said, state.session):
        _keep_late(ctx, device, request)
    else:
        _recompress(ctx, device, request)
    # Noted last: a request that a power cut interrupts comes again.
    ctx.remember(device, request=said)


def _keep_late(ctx: Context, device: str, request: Request) -> None:
    """Part of the history only; the present is decided on when the device has told of it."""
    _record_step(ctx, request)
    waited_s = ctx.state(device).session.at - request.at
    adaptations.record_late(ctx, request, waited_s)
    ctx.event(
        "late_request",
        f"{device} asked for recompression {waited_s:.0f} s before it came back",
        device=device,
        trigger=request.trigger,
    )
    ctx.remember(device, overdue=True)


def _recompress(ctx: Context, device: str, request: Request) -> None:
    if request.shift is not None:
        ctx.store.update_device(device, workload=request.shift.after)
        ctx.remember(device, workload=Mark(request.seq, request.at))
    # From here on windows tell of another street.
    ctx.remember(device, unjudged=0)
    _record_step(ctx, request)
    adaptations.open_record(ctx, request)
    is_breach = request.trigger == TriggerKind.BREACH
    kind = TriggerKind.BREACH if is_breach else TriggerKind.SHIFT
    broke = ctx.state(device).serving if is_breach else None
    trigger = Trigger(kind, at=request.at, answered_by=request.answered_by, broke=broke)
    text = str(kind)
    if request.shift is not None:
        text = f"shift {request.shift.before.regime} to {request.shift.after.regime}"
    consider(ctx, device, text, trigger)
    if request.answered_by is not None:
        ctx.remember(device, serving=request.answered_by)


def _record_step(ctx: Context, request: Request) -> None:
    if request.answered_by is not None:
        adaptations.record_ladder_step(ctx, request, request.answered_by)
