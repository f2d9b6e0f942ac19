"""From a decision to the signed desired state that is on disk and then on the wire."""

import secrets

import msgspec
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Desired, Limits, Rung
from lamplighter_wire.signing import seal

from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.planner import trades
from lamplighter_controller.domain.switching import Answer
from lamplighter_controller.services import adaptations
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.learning import find_spec
from lamplighter_controller.services.projections import current_desired, device_view, plan_document
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord, PlanRecord


def is_under_way(ctx: Context, record: DeviceRecord) -> bool:
    """Whether the last deployment has no outcome yet and is not out of patience."""
    last = ctx.store.deployment(record.id, record.revision)
    if last is None or last.outcome:
        return False
    return ctx.clock.time() - last.at < ctx.settings.patience_s


def deploy(
    ctx: Context,
    record: DeviceRecord,
    answer: Answer,
    choice: Choice,
    cause: str,
) -> DeploymentRecord | None:
    """Next revision for a device: saved first, then published. None when nothing would change."""
    desired = _desired(ctx, record, answer, choice)
    if _is_served(ctx, record, desired):
        adaptations.settle_without_deployment(ctx, record.id, answer)
        return None
    now = ctx.clock.time()
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    document = plan_document(answer.plan, answer) | {"traceparent": trace}
    plan = PlanRecord(
        device=record.id,
        at=now,
        cause=cause,
        variant=choice.spec.id,
        regime=answer.plan.regime,
        document=msgspec.to_builtins(document),
    )
    deployment = DeploymentRecord(
        device=record.id,
        revision=desired.revision,
        plan=0,
        variant=choice.spec.id,
        at=now,
    )
    envelope = seal(desired, ctx.signing_key)
    saved = ctx.store.save_desired(plan, deployment, envelope)
    adaptations.attach(ctx, record.id, desired.revision, choice, answer)
    ctx.event(
        "deploy",
        f"{record.id} shall serve {choice.key} (revision {desired.revision}: {cause})",
        device=record.id,
        revision=desired.revision,
        variant=choice.spec.id,
        cause=cause,
    )
    ctx.outbound.desired(record.id, envelope, trace)
    return saved


def renew(ctx: Context, record: DeviceRecord, cause: str, limits: Limits | None = None) -> None:
    """The same desired state under a new revision and expiry, and new limits where given."""
    desired = current_desired(record)
    if desired is None:
        return
    now = ctx.clock.time()
    again = msgspec.structs.replace(
        desired,
        revision=record.revision + 1,
        issued_at=now,
        expires_at=now + ctx.settings.desired_life_s,
        limits=limits or desired.limits,
    )
    point = again.primary.point
    plan = PlanRecord(
        device=record.id,
        at=now,
        cause=cause,
        variant=point.variant,
        regime="",
        document={"reasons": [cause], "primary": {"point": msgspec.to_builtins(point)}},
    )
    deployment = DeploymentRecord(
        device=record.id,
        revision=again.revision,
        plan=0,
        variant=point.variant,
        at=now,
    )
    envelope = seal(again, ctx.signing_key)
    ctx.store.save_desired(plan, deployment, envelope)
    ctx.event("deploy", f"revision {again.revision}: {cause}", device=record.id)
    ctx.outbound.desired(record.id, envelope)


def republish(ctx: Context, record: DeviceRecord) -> None:
    """Say again what the device should serve; with a new revision when that has expired."""
    desired = current_desired(record)
    if desired is None:
        return
    if desired.expires_at <= ctx.clock.time():
        renew(ctx, record, "the desired state had expired")
    else:
        ctx.outbound.desired(record.id, record.desired)


def _desired(ctx: Context, record: DeviceRecord, answer: Answer, choice: Choice) -> Desired:
    now = ctx.clock.time()
    plan = answer.plan
    ladder = [rung for rung in plan.ladder if rung.point.manifest]
    primary = next(
        (rung for rung in ladder if rung.point == choice.point), choice.rung([plan.regime])
    )
    settings = ctx.settings
    return Desired(
        device=record.id,
        revision=record.revision + 1,
        issued_at=now,
        expires_at=now + settings.desired_life_s,
        primary=primary,
        ladder=ladder,
        limits=plan.limits,
        trades=_trades(ctx, record, primary),
        reasons=[*answer.reasons],
        probation_frames=settings.probation_frames,
        probation_s=settings.probation_s,
    )


def _trades(ctx: Context, record: DeviceRecord, primary: Rung) -> list[str]:
    """What the candidate buys over what the device serves now."""
    view = device_view(ctx, record)
    spec = find_spec(ctx, view.serving.variant) if view.serving else None
    if view.serving is None or spec is None:
        return []
    point = view.serving
    incumbent = ctx.predictor.predict(view, spec, point.width, point.height)
    return trades(incumbent, primary.predicted)


def _is_served(ctx: Context, record: DeviceRecord, desired: Desired) -> bool:
    """Whether the device holds to exactly this already."""
    before = current_desired(record)
    last = ctx.store.deployment(record.id, record.revision)
    if before is None or last is None or last.outcome is not Outcome.COMMITTED:
        return False
    same = before.primary.point == desired.primary.point and before.limits == desired.limits
    return same and [r.point for r in before.ladder] == [r.point for r in desired.ladder]
