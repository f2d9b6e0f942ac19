"""Answering a shift or breach: the record of each answer, with its clocks from the true change."""

import msgspec
from lamplighter_wire.messages import OperatingPoint, Reported, Request

from lamplighter_controller.domain.adaptation import Answer, Measured, justify
from lamplighter_controller.domain.catalogue import VariantSpec
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.learning import find_spec
from lamplighter_controller.services.views import current_desired, device_view
from lamplighter_controller.store.records import DeviceRecord, RecompressionRecord

# First entry into these phases gives the clocks.
CLOCK_OF_PHASE = {"VERIFYING": "delivered", "PROBATION": "serving", "COMMITTED": "committed"}


def open_record(ctx: Context, request: Request) -> RecompressionRecord:
    """Begin the record of an answer; it stays open until its deployment ends."""
    device = request.device
    serving = request.answered_by or device_view(ctx, ctx.store.device(device)).serving
    _close_superseded(ctx, device)
    record = ctx.store.add_recompression(_begun(ctx, request, serving))
    ctx.remember(device, recompression=record.id)
    return record


def record_ladder_step(
    ctx: Context, request: Request, before: OperatingPoint | None, after: OperatingPoint
) -> None:
    """The device has stepped to a resident rung by itself: a record of its own, closed."""
    begun = _begun(ctx, request, before)
    detected = begun.seconds["detected"]
    step = msgspec.structs.replace(
        begun,
        kind="ladder",
        to_variant=after.variant,
        outcome="committed",
        seconds={"detected": detected, "serving": detected},
        reasons=[f"stepped to the resident rung {_name(after)}"],
    )
    record = ctx.store.add_recompression(step)
    _judge(ctx, record, ctx.store.device(request.device), before, after, None)


def _begun(ctx: Context, request: Request, serving: OperatingPoint | None) -> RecompressionRecord:
    shift = request.shift
    began = (shift.began_at or shift.at) if shift else request.at
    detected = (shift.at if shift else request.at) - began
    return RecompressionRecord(
        device=request.device,
        at=ctx.clock.time(),
        trigger=request.trigger or "shift",
        from_variant=serving.variant if serving else "",
        began_at=began,
        seconds={"detected": max(0.0, detected)},
    )


def _name(point: OperatingPoint) -> str:
    return f"{point.variant}@{point.width}x{point.height}"


def mark(ctx: Context, device: str, clock: str) -> None:
    """Stop one clock of the open record now."""
    record = _open(ctx, device)
    if record is not None and clock not in record.seconds:
        passed = max(0.0, ctx.clock.time() - record.began_at)
        _save(ctx, record, seconds=record.seconds | {clock: passed})


def set_kind(ctx: Context, device: str, kind: str) -> None:
    """What the answer takes; a build stays a build when the variant is there in the end."""
    record = _open(ctx, device)
    if record is not None and not record.kind:
        _save(ctx, record, kind=kind)


def attach(ctx: Context, device: str, revision: int, spec: VariantSpec, answer: Answer) -> None:
    """The open record gets its deployment."""
    record = _open(ctx, device)
    if record is None or record.revision:
        return
    mark(ctx, device, "built")
    record = _open(ctx, device) or record
    _save(
        ctx,
        record,
        revision=revision,
        kind=_kind(record, spec, answer),
        to_variant=spec.id,
        size_bytes=spec.size_bytes,
        justified=answer.verdict.switch,
        reasons=list(answer.reasons),
    )


def _kind(record: RecompressionRecord, spec: VariantSpec, answer: Answer) -> str:
    """A build stays a build while it is about the same variant."""
    same = not record.to_variant or record.to_variant == spec.id
    return record.kind if record.kind and same else answer.kind


def settle_without_deployment(ctx: Context, device: str, answer: Answer | None) -> None:
    """Nothing is sent: nothing is better than what the device serves."""
    record = _open(ctx, device)
    if record is None or record.revision:
        return
    reasons = list(answer.reasons) if answer else ["nothing fits"]
    _save(ctx, record, kind="none", outcome="kept", reasons=reasons)
    ctx.remember(device, recompression=0)


def follow(ctx: Context, device: DeviceRecord, reported: Reported) -> None:
    """Clocks, bytes and outcome of the record whose deployment this report is about."""
    record = next(
        (r for r in ctx.store.recompressions(device.id) if r.revision == reported.revision), None
    )
    if record is None or not reported.revision or record.outcome:
        return
    seconds = dict(record.seconds)
    for phase, at in reported.phases:
        clock = CLOCK_OF_PHASE.get(phase)
        if clock is not None:
            seconds.setdefault(clock, max(0.0, at - record.began_at))
    saved = _save(
        ctx,
        record,
        seconds=seconds,
        bytes_sent=max(record.bytes_sent, reported.transfer.bytes_received),
        outcome=reported.outcome,
    )
    if not reported.outcome:
        return
    if ctx.state(device.id).recompression == record.id:
        ctx.remember(device.id, recompression=0)
    desired = current_desired(device)
    if reported.outcome != "committed" or desired is None:
        _save(ctx, saved, justified=False)
        if reported.outcome == "rejected":
            _reopen(ctx, saved)
        return
    before = _point_of(ctx, device, record.from_variant)
    _judge(ctx, saved, device, before, desired.primary.point, reported)


def _reopen(ctx: Context, refused: RecompressionRecord) -> None:
    """The street still waits: what is planned after a refusal answers the same change."""
    kept = {k: v for k, v in refused.seconds.items() if k in ("detected", "built")}
    again = msgspec.structs.replace(
        refused,
        id=0,
        at=ctx.clock.time(),
        revision=0,
        bytes_sent=0,
        outcome="",
        replayed_gain=None,
        seconds=kept,
        reasons=[f"revision {refused.revision} was refused"],
    )
    ctx.remember(refused.device, recompression=ctx.store.add_recompression(again).id)


def _judge(
    ctx: Context,
    record: RecompressionRecord,
    device: DeviceRecord,
    before: OperatingPoint | None,
    after: OperatingPoint,
    reported: Reported | None,
) -> None:
    """Compare both points in the workload that followed; paired trial figures come first."""
    view = device_view(ctx, device)
    was = _measured(ctx, device, before) if before else None
    now = _measured(ctx, device, after)
    desired = current_desired(device)
    if was is None or now is None or desired is None:
        return
    if reported is not None and reported.trial is not None and reported.trial.pairs:
        was = _with_latency(was, reported.trial.incumbent_p95_ms)
        now = _with_latency(now, reported.trial.candidate_p95_ms)
    fps = view.fps_demand(view.regime)
    idle_w = view.capabilities.idle_w
    verdict = justify(was, now, desired.limits, fps, idle_w)
    _save(
        ctx,
        record,
        justified=verdict.justified,
        replayed_gain=verdict.replayed_gain,
        reasons=[*record.reasons, f"afterwards: {verdict.text}"],
    )


def _measured(ctx: Context, device: DeviceRecord, point: OperatingPoint) -> Measured | None:
    """What is known of a point on this device in its current regime."""
    spec = find_spec(ctx, point.variant)
    if spec is None:
        return None
    figures = ctx.predictor.predict(device_view(ctx, device), spec, point.width, point.height)
    return Measured(
        latency_p95_ms=figures.latency_p95_ms,
        energy_mj_per_frame=figures.energy_mj_per_frame,
        ap50=figures.expected_ap50,
        memory_bytes=figures.memory_bytes,
    )


def _with_latency(measured: Measured, latency_p95_ms: float) -> Measured:
    """Trial latency; energy follows it in proportion."""
    share = latency_p95_ms / measured.latency_p95_ms if measured.latency_p95_ms > 0 else 1.0
    return Measured(
        latency_p95_ms, measured.energy_mj_per_frame * share, measured.ap50, measured.memory_bytes
    )


def _point_of(ctx: Context, device: DeviceRecord, variant: str) -> OperatingPoint | None:
    """The last point at which the device served a variant, before the current deployment."""
    for window in reversed(ctx.store.telemetry(device.id, limit=100)):
        if window.serving.variant == variant:
            return window.serving
    return OperatingPoint(variant=variant) if variant else None


def _close_superseded(ctx: Context, device: str) -> None:
    record = _open(ctx, device)
    if record is not None and not record.revision and not record.outcome:
        _save(ctx, record, kind=record.kind or "none", outcome="superseded")


def _open(ctx: Context, device: str) -> RecompressionRecord | None:
    number = ctx.state(device).recompression
    if not number:
        return None
    return next((r for r in ctx.store.recompressions(device) if r.id == number), None)


def _save(ctx: Context, record: RecompressionRecord, **changes: object) -> RecompressionRecord:
    changed = msgspec.structs.replace(record, **changes)
    ctx.store.update_recompression(changed)
    return changed
