"""What devices say: presence, capabilities, deployment state, telemetry, events."""

import msgspec
from lamplighter_wire.messages import (
    Birth,
    Capabilities,
    Event,
    OperatingPoint,
    Probe,
    ReasonCode,
    Reported,
    Status,
    Telemetry,
    Workload,
)

from lamplighter_controller.domain.adaptation import Trigger
from lamplighter_controller.domain.catalogue import RESOLUTIONS, point_key
from lamplighter_controller.domain.devices import remembered_fps
from lamplighter_controller.domain.freshness import Mark, is_late, is_older
from lamplighter_controller.services import recompress
from lamplighter_controller.services.context import Context, Refusal
from lamplighter_controller.services.deploy import renew, republish
from lamplighter_controller.services.learning import learn_from_telemetry, learn_from_trial
from lamplighter_controller.services.lifecycle import consider, consider_waiting
from lamplighter_controller.services.refusals import record_refused_order
from lamplighter_controller.services.views import current_desired
from lamplighter_controller.store.records import DeviceRecord, EventRecord

# A short link loss is over before anybody needs to know of it.
WILL_RECHECK_S = 1.5
# A failed deployment is tried again this often, each time after twice the wait.
MAX_RETRIES = 3
FIRST_RETRY_S = 5.0
# Refusals that concern the variant at every resolution.
WHOLE_VARIANT = frozenset({ReasonCode.INCOMPATIBLE, ReasonCode.LESS_ACCURATE, ReasonCode.SIGNATURE})
# Refusals that the corrected predictor knows of, and that a quieter device may take back.
MEASURED = frozenset({ReasonCode.SLOWER, ReasonCode.OVER_BUDGET, ReasonCode.TIMEOUT})
REFUSED = frozenset({"rejected", "rolled_back"})
OVERDUE_CAUSE = "the street changed while the device was away"


def record_birth(ctx: Context, device: str, birth: Birth) -> None:
    """A session begins: presence, and desired and reported state are reconciled."""
    record = ctx.store.device(device)
    if birth.epoch < record.epoch:
        return
    now = ctx.clock.time()
    fresh = birth.epoch > record.epoch
    changes = {"online": True, "epoch": birth.epoch} if fresh else {}
    record = ctx.store.update_device(
        device, last_seen=now, agent_version=birth.agent_version[:80], **changes
    )
    if fresh:
        ctx.remember(device, session=Mark(birth.epoch, birth.at))
        ctx.event("online", f"{device} is online", device=device, epoch=birth.epoch)
    reconcile(ctx, record, birth.highest_revision)


def reconcile(ctx: Context, record: DeviceRecord, highest_seen: int) -> None:
    """Bring a device up to the last revision, or pass a revision that only it knows of."""
    if highest_seen > record.revision:
        raised = ctx.store.update_device(record.id, revision=highest_seen)
        renew(ctx, raised, "the device knew a higher revision")
    elif record.revision and highest_seen < record.revision:
        republish(ctx, record)
    elif not record.revision:
        consider(ctx, record.id, "birth")


def record_status(ctx: Context, device: str, status: Status) -> None:
    """Presence; a will is believed only with the current epoch and after a short re-check."""
    record = ctx.store.device(device)
    if status.epoch < record.epoch:
        return
    if status.online:
        ctx.store.update_device(device, online=True, epoch=status.epoch, last_seen=ctx.clock.time())
        return
    ctx.store.update_device(device, epoch=status.epoch)
    ctx.worker.later(WILL_RECHECK_S, _confirm_offline, ctx, device, status.epoch)


def _confirm_offline(ctx: Context, device: str, epoch: int) -> None:
    record = ctx.store.device(device)
    if record.epoch == epoch and record.online:
        ctx.store.update_device(device, online=False)
        ctx.event("offline", f"{device} is offline", device=device, severity="warning")


def record_capabilities(ctx: Context, device: str, capabilities: Capabilities) -> None:
    before = ctx.store.device(device).capabilities
    ctx.store.update_device(device, capabilities=capabilities, last_seen=ctx.clock.time())
    # Free disk is never twice the same, and decides nothing.
    free = {"disk_free_bytes": capabilities.disk_free_bytes}
    if before is not None and msgspec.structs.replace(before, **free) == capabilities:
        return
    if before is not None:
        ctx.event("capabilities", f"{device} has changed", device=device)
    consider(ctx, device, "capabilities")


def record_probe(ctx: Context, device: str, probe: Probe) -> None:
    if ctx.store.device(device).probe == probe:
        return
    ctx.store.update_device(device, probe=probe, last_seen=ctx.clock.time())
    consider(ctx, device, "probe")


def record_reported(ctx: Context, device: str, reported: Reported) -> None:
    """State of the deployment; an outcome that is new leads on."""
    record = ctx.store.update_device(device, reported=reported, last_seen=ctx.clock.time())
    if reported.serving.variant:
        ctx.remember(device, serving=reported.serving)
    elif reported.outcome in ("rejected", "rolled_back", "failed"):
        # Otherwise it is a moment's: after a restart, or in a cold swap.
        ctx.remember(device, serving=None)
    if reported.refused_revision:
        # Its reason is about that order; the state beside it was told before.
        record_refused_order(ctx, record, reported)
        return
    deployment = ctx.store.deployment(device, reported.revision)
    if deployment is None:
        return
    if deployment.outcome:
        # Resident rungs are fetched after the commit, and their bytes belong to it.
        recompress.count_bytes(ctx, device, reported)
        return
    ctx.store.update_deployment(
        device,
        reported.revision,
        outcome=reported.outcome,
        reason=reported.reason,
        reported=reported,
    )
    recompress.follow(ctx, record, reported)
    if reported.outcome:
        _ended(ctx, record, reported)


def _ended(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    bad = reported.outcome != "committed"
    why = ": ".join(part for part in (reported.reason, reported.detail) if part)
    reason = f" ({why})" if why else ""
    ctx.event(
        reported.outcome,
        f"{record.id}: revision {reported.revision} {reported.outcome}{reason}",
        device=record.id,
        severity="warning" if bad else "info",
        revision=reported.revision,
        variant=reported.variant,
        reason=reported.reason,
        hint=reported.hint,
    )
    if reported.revision != record.revision:
        return
    desired = current_desired(record)
    if desired is not None:
        learn_from_trial(ctx, record, reported, desired.primary.point)
    if not bad:
        ctx.remember(record.id, retries=0)
        consider_waiting(ctx, record.id)
    elif reported.outcome in REFUSED:
        _refused(ctx, record, reported)
    else:
        _failed(ctx, record, reported)


def _refused(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    """The refused point is left out for now, and a new plan is made."""
    desired = current_desired(record)
    if desired is None:
        return
    point = desired.primary.point
    keys = _refused_keys(point, reported.reason)
    key = keys[0]
    known = ctx.state(record.id).refused
    until = ctx.clock.time() + _refusal_life_s(ctx, record.id, reported, key)
    refusal = Refusal(reported.reason, until)
    ctx.remember(record.id, refused=known | dict.fromkeys(keys, refusal), retries=0)
    trigger = Trigger("rejected", at=ctx.clock.time(), detail=reported.reason)
    consider(ctx, record.id, f"refused {key}: {reported.reason}", trigger)


def _refused_keys(point: OperatingPoint, reason: str) -> list[str]:
    """What a refusal is about, the point first: what has no room has none at a larger size."""
    if reason in WHOLE_VARIANT:
        return [point.variant]
    sizes = [(point.width, point.height)]
    if reason == ReasonCode.OOM:
        sizes += [size for size in RESOLUTIONS if size > sizes[0]]
    return [point_key(point.variant, width, height) for width, height in sizes]


def _refusal_life_s(ctx: Context, device: str, reported: Reported, key: str) -> float:
    """How long a point is left out. A wrong prediction is mended by the trial: it may come again.

    Once; a point that is slower than predicted a second time is left out as well.
    """
    settings = ctx.settings
    measured = reported.trial is not None and reported.trial.pairs > 0
    before = ctx.state(device).refused.get(key)
    if reported.reason == ReasonCode.SLOWER and measured and before is None:
        return 0.0
    return settings.slow_refusal_s if reported.reason in MEASURED else settings.refusal_s


def _failed(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    """Failures of link or storage are tried again; at the end the operator is told."""
    if reported.reason == ReasonCode.ABORTED:
        return
    retries = ctx.state(record.id).retries
    if retries >= MAX_RETRIES:
        ctx.event(
            "gave_up",
            f"{record.id}: given up after {retries} tries: {reported.reason}. {reported.hint}",
            device=record.id,
            severity="error",
        )
        return
    ctx.remember(record.id, retries=retries + 1)
    ctx.worker.later(FIRST_RETRY_S * 2**retries, _retry, ctx, record.id, reported.revision)


def _retry(ctx: Context, device: str, revision: int) -> None:
    record = ctx.store.device(device)
    if record.revision == revision:
        renew(ctx, record, "tried again after a failure")


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
    if is_news and state.overdue:
        consider(ctx, device, OVERDUE_CAUSE, Trigger("shift", at=ctx.clock.time()))
        ctx.remember(device, overdue=False)


def record_event(ctx: Context, device: str, event: Event) -> None:
    """Keep it, once."""
    ctx.store.add_event(
        EventRecord(
            device=device,
            seq=event.seq,
            at=event.at,
            kind=event.kind[:60],
            severity=event.severity if event.severity in ("warning", "error") else "info",
            text=event.text[:1000],
            data=msgspec.to_builtins(event.data),
        )
    )
