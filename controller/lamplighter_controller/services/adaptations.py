"""Answering a shift or breach: the record of each answer, with its clocks from the true change."""

from dataclasses import replace
from statistics import median

import msgspec
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import OperatingPoint, Reported, Request, Trial

from lamplighter_controller.domain.justification import Measured, justify
from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.switching import Answer
from lamplighter_controller.domain.variants import point_key
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.learning import find_spec
from lamplighter_controller.services.projections import current_desired, device_view
from lamplighter_controller.store.records import DeviceRecord, RecompressionRecord

# First entry into these phases gives the clocks.
CLOCK_OF_PHASE = {"VERIFYING": "delivered", "PROBATION": "serving", "COMMITTED": "committed"}


def open_record(ctx: Context, request: Request) -> RecompressionRecord:
    """Begin the record of an answer; it stays open until its deployment ends."""
    device = request.device
    serving = request.answered_by or _served_before(ctx, request)
    _close_superseded(ctx, device)
    record = ctx.store.add_recompression(_begun(ctx, request, serving))
    ctx.remember(device, recompression=record.id)
    return record


def record_ladder_step(ctx: Context, request: Request, after: OperatingPoint) -> None:
    """The device has stepped to a resident rung by itself: a record of its own, closed.

    A step that leaves variant and size as they were is no answer, and is not recorded.
    """
    before = _served_before(ctx, request)
    if before is not None and _name(before) == _name(after):
        return
    begun = _begun(ctx, request, before)
    detected = begun.seconds["detected"]
    step = msgspec.structs.replace(
        begun,
        kind="ladder",
        to_variant=after.variant,
        to_point=after,
        outcome="committed",
        seconds={"detected": detected, "serving": detected},
        reasons=[f"stepped to the resident rung {_name(after)}"],
    )
    record = ctx.store.add_recompression(step)
    _judge(ctx, record, ctx.store.device(request.device), None)


def record_late(ctx: Context, request: Request, waited_s: float) -> None:
    """A change that is over by the time it is heard of: a closed record, which nothing answers."""
    begun = _begun(ctx, request, _served_before(ctx, request))
    reason = f"heard of {waited_s:.0f} s late, when the device came back"
    late = msgspec.structs.replace(begun, kind="none", outcome="late", reasons=[reason])
    ctx.store.add_recompression(late)


def _served_before(ctx: Context, request: Request) -> OperatingPoint | None:
    """What served before the device stepped, by its own word if it gives it."""
    return request.served or device_view(ctx, ctx.store.device(request.device)).serving


def _begun(ctx: Context, request: Request, serving: OperatingPoint | None) -> RecompressionRecord:
    shift = request.shift
    began = (shift.began_at or shift.at) if shift else request.at
    detected = (shift.at if shift else request.at) - began
    now = ctx.store.device(request.device).workload
    workload = shift.after if shift else now
    return RecompressionRecord(
        device=request.device,
        at=ctx.clock.time(),
        trigger=request.trigger or "shift",
        from_variant=serving.variant if serving else "",
        from_point=serving,
        fps_demand=workload.fps_demand if workload else 0.0,
        began_at=began,
        seconds={"detected": max(0.0, detected)},
    )


def _name(point: OperatingPoint) -> str:
    return point_key(point.variant, point.width, point.height)


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


def attach(ctx: Context, device: str, revision: int, choice: Choice, answer: Answer) -> None:
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
        kind=_kind(record, choice.spec.id, answer),
        to_variant=choice.spec.id,
        to_point=choice.point,
        size_bytes=choice.spec.size_bytes,
        reasons=list(answer.reasons),
    )


def _kind(record: RecompressionRecord, variant: str, answer: Answer) -> str:
    """A build stays a build while it is about the same variant."""
    same = not record.to_variant or record.to_variant == variant
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
    record = ctx.store.recompression_of(device.id, reported.revision)
    if record is None or record.outcome:
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
    if reported.outcome is not Outcome.COMMITTED:
        _save(ctx, saved, justified=False)
        if reported.outcome is Outcome.REJECTED:
            _reopen(ctx, saved)
        return
    trial = reported.trial if reported.trial is not None and reported.trial.pairs else None
    _judge(ctx, saved, device, trial)


def give_up(ctx: Context, device: str, revision: int) -> None:
    """The deployment of this answer was never begun."""
    record = ctx.store.recompression_of(device, revision)
    if record is None or record.outcome:
        return
    _save(ctx, record, outcome="rejected", justified=False)
    if ctx.state(device).recompression == record.id:
        ctx.remember(device, recompression=0)


def count_bytes(ctx: Context, device: str, reported: Reported) -> None:
    """Bytes received so far for the answer that a revision carried out.

    The device counts on over restarts, so the highest figure is the newest one.
    """
    record = ctx.store.recompression_of(device, reported.revision)
    received = reported.transfer.bytes_received
    if record is not None and received > record.bytes_sent:
        _save(ctx, record, bytes_sent=received)


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
        justified=None,
        replayed_gain=None,
        seconds=kept,
        reasons=[f"revision {refused.revision} was refused"],
    )
    ctx.remember(refused.device, recompression=ctx.store.add_recompression(again).id)


def judge_measured(ctx: Context, device: DeviceRecord) -> None:
    """Judge the newest answer that still waited for the device to measure its points."""
    number = ctx.state(device.id).unjudged
    record = ctx.store.recompression(number) if number else None
    if record is not None:
        _judge(ctx, record, device, None)


def _judge(
    ctx: Context,
    record: RecompressionRecord,
    device: DeviceRecord,
    trial: Trial | None,
) -> None:
    """Compare both points in the workload that followed; paired trial figures come first."""
    before = _measured(ctx, device, record.from_point, trial.incumbent_p95_ms if trial else 0.0)
    after = _measured(ctx, device, record.to_point, trial.candidate_p95_ms if trial else 0.0)
    desired = current_desired(device)
    if before is None or after is None or desired is None:
        ctx.remember(device.id, unjudged=record.id)
        return
    idle_w = device.capabilities.idle_w if device.capabilities else 0.0
    judged = justify(before, after, desired.limits, _fps_since(ctx, record, device), idle_w)
    _save(
        ctx,
        record,
        justified=judged.justified,
        replayed_gain=judged.replayed_gain,
        reasons=[*record.reasons, f"afterwards: {judged.text}"],
    )
    ctx.remember(device.id, unjudged=0)


def _fps_since(ctx: Context, record: RecompressionRecord, device: DeviceRecord) -> float:
    """The demand that the change brought: median of its own figure and the windows since."""
    windows = ctx.store.telemetry(device.id, since=record.began_at)
    seen = [w.fps_demand for w in windows if w.serving.variant and w.frames]
    fps = median([record.fps_demand, *seen])
    cap = device.capabilities.camera_fps if device.capabilities else 0.0
    return min(fps, cap) if cap > 0 else fps


def _measured(
    ctx: Context, device: DeviceRecord, point: OperatingPoint | None, trial_p95_ms: float
) -> Measured | None:
    """What a point did on this device; None where that was never measured, only predicted.

    AP50 is that of labelled scenes in the device's current regime. `trial_p95_ms` 0: no trial.
    """
    spec = find_spec(ctx, point.variant) if point else None
    if point is None or spec is None:
        return None
    view = device_view(ctx, device)
    if not trial_p95_ms and not ctx.predictor.has_observed(view, spec, point.width, point.height):
        return None
    figures = ctx.predictor.predict(view, spec, point.width, point.height)
    measured = Measured(
        latency_p95_ms=figures.latency_p95_ms,
        energy_mj_per_frame=figures.energy_mj_per_frame,
        ap50=figures.expected_ap50,
        memory_bytes=figures.memory_bytes,
        fps_cap=point.fps,
    )
    return _with_latency(measured, trial_p95_ms) if trial_p95_ms else measured


def _with_latency(measured: Measured, latency_p95_ms: float) -> Measured:
    """Trial latency; energy follows it in proportion."""
    share = latency_p95_ms / measured.latency_p95_ms if measured.latency_p95_ms > 0 else 1.0
    energy = measured.energy_mj_per_frame * share
    return replace(measured, latency_p95_ms=latency_p95_ms, energy_mj_per_frame=energy)


def _close_superseded(ctx: Context, device: str) -> None:
    record = _open(ctx, device)
    if record is not None and not record.revision and not record.outcome:
        _save(ctx, record, kind=record.kind or "none", outcome="superseded")


def _open(ctx: Context, device: str) -> RecompressionRecord | None:
    number = ctx.state(device).recompression
    return ctx.store.recompression(number) if number else None


def _save(ctx: Context, record: RecompressionRecord, **changes: object) -> RecompressionRecord:
    changed = msgspec.structs.replace(record, **changes)
    ctx.store.update_recompression(changed)
    return changed
