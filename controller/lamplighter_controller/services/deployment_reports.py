"""What devices say: presence, capabilities, deployment state, telemetry, events."""

from lamplighter_wire.enums import Outcome, ReasonCode, Severity, TriggerKind
from lamplighter_wire.messages import OperatingPoint, Reported

from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.domain.variants import RESOLUTIONS, point_key
from lamplighter_controller.services import adaptations
from lamplighter_controller.services.context import Context, Refusal
from lamplighter_controller.services.decisions import consider, consider_waiting
from lamplighter_controller.services.deploy import renew
from lamplighter_controller.services.learning import learn_from_trial
from lamplighter_controller.services.projections import current_desired
from lamplighter_controller.services.refused_orders import record_refused_order
from lamplighter_controller.store.records import DeviceRecord

# A failed deployment is tried again this often, each time after twice the wait.
MAX_RETRIES = 3
FIRST_RETRY_S = 5.0
# Refusals that concern the variant at every resolution.
WHOLE_VARIANT = frozenset({ReasonCode.INCOMPATIBLE, ReasonCode.LESS_ACCURATE, ReasonCode.SIGNATURE})
# Refusals that the corrected predictor knows of, and that a quieter device may take back.
MEASURED = frozenset({ReasonCode.SLOWER, ReasonCode.OVER_BUDGET, ReasonCode.TIMEOUT})
REFUSED = frozenset({Outcome.REJECTED, Outcome.ROLLED_BACK})


def record_reported(ctx: Context, device: str, reported: Reported) -> None:
    """State of the deployment; an outcome that is new leads on."""
    record = ctx.store.update_device(device, reported=reported, last_seen=ctx.clock.time())
    if reported.serving.variant:
        ctx.remember(device, serving=reported.serving)
    elif reported.outcome.is_bad:
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
        adaptations.count_bytes(ctx, device, reported)
        return
    ctx.store.update_deployment(
        device,
        reported.revision,
        outcome=reported.outcome,
        reason=reported.reason,
        reported=reported,
    )
    adaptations.follow(ctx, record, reported)
    if reported.outcome:
        _ended(ctx, record, reported)


def _ended(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    bad = reported.outcome is not Outcome.COMMITTED
    why = ": ".join(part for part in (reported.reason, reported.detail) if part)
    reason = f" ({why})" if why else ""
    ctx.event(
        reported.outcome,
        f"{record.id}: revision {reported.revision} {reported.outcome}{reason}",
        device=record.id,
        severity=Severity.WARNING if bad else Severity.INFO,
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
    trigger = Trigger(TriggerKind.REJECTED, at=ctx.clock.time(), detail=reported.reason)
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
            severity=Severity.ERROR,
        )
        return
    ctx.remember(record.id, retries=retries + 1)
    ctx.worker.later(FIRST_RETRY_S * 2**retries, _retry, ctx, record.id, reported.revision)


def _retry(ctx: Context, device: str, revision: int) -> None:
    record = ctx.store.device(device)
    if record.revision == revision:
        renew(ctx, record, "tried again after a failure")
