"""Orders that a device would not even begin: expired, of a lower revision, or not signed for it."""

from lamplighter_wire.enums import Outcome, ReasonCode, Severity
from lamplighter_wire.messages import Reported

from lamplighter_controller.services import adaptations
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.decisions import consider_waiting
from lamplighter_controller.services.deploy import renew
from lamplighter_controller.services.projections import current_desired
from lamplighter_controller.store.records import DeviceRecord

# What a new revision does not mend after so many tries is for an operator to look at.
MAX_RENEWALS = 3


def record_refused_order(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    """Close the deployment that is under way if this is about it, and mend what can be mended."""
    order = ctx.store.deployment(record.id, reported.refused_revision)
    if order is None or order.outcome or order.revision != record.revision:
        return
    ctx.store.update_deployment(
        record.id, order.revision, outcome=Outcome.REJECTED, reason=reported.reason
    )
    adaptations.give_up(ctx, record.id, order.revision)
    ctx.event(
        "rejected",
        f"{record.id}: revision {order.revision} refused ({reported.reason}: {reported.detail})",
        device=record.id,
        severity=Severity.WARNING,
        revision=order.revision,
        variant=order.variant,
        reason=reported.reason,
        hint=reported.hint,
    )
    if _may_renew(ctx, record, reported):
        _renew(ctx, record, reported)
    else:
        _tell_operator(ctx, record, reported)
        consider_waiting(ctx, record.id)


def _may_renew(ctx: Context, record: DeviceRecord, reported: Reported) -> bool:
    """Whether the same order under a new revision and expiry would be believed."""
    desired = current_desired(record)
    if desired is None or ctx.state(record.id).retries >= MAX_RENEWALS:
        return False
    if reported.reason == ReasonCode.EXPIRED:
        return desired.expires_at <= ctx.clock.time()
    return reported.reason == ReasonCode.STALE_REVISION


def _renew(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    ctx.remember(record.id, retries=ctx.state(record.id).retries + 1)
    known = max(record.revision, reported.revision)
    raised = ctx.store.update_device(record.id, revision=known)
    renew(ctx, raised, f"the device refused it: {reported.reason}")


def _tell_operator(ctx: Context, record: DeviceRecord, reported: Reported) -> None:
    text = f"{record.id} believes no order: {reported.reason}. {reported.hint}"
    if reported.reason == ReasonCode.EXPIRED:
        ahead_s = reported.at - ctx.clock.time()
        text = f"{text} Its clock and the controller's are {ahead_s:+.0f} s apart."
    ctx.event(
        "not_believed", text, device=record.id, severity=Severity.ERROR, reason=reported.reason
    )
