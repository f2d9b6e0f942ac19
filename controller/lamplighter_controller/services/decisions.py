"""Plan, build, deploy: the way of a decision to a device."""

from dataclasses import replace

import msgspec
from lamplighter_wire.enums import Severity, TriggerKind

from lamplighter_controller.domain.planner import Plan
from lamplighter_controller.domain.switching import Answer, Trigger, decide
from lamplighter_controller.services import adaptations, builds
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.deploy import deploy, is_under_way, renew
from lamplighter_controller.services.projections import (
    catalogue,
    current_desired,
    device_view,
    is_ready,
    objective_of,
    plan_document,
)
from lamplighter_controller.store.records import DeviceRecord, PlanRecord


def plan_device(ctx: Context, device: str, trigger: Trigger | None = None) -> Answer | None:
    """Decide for a device without acting; None when it has not said enough of itself yet.

    Raises:
        NotFoundError: there is no such device.
    """
    record = ctx.store.device(device)
    if not is_ready(record):
        return None
    return decide(
        device_view(ctx, record),
        trigger or Trigger(TriggerKind.PLAN, at=ctx.clock.time()),
        objective_of(ctx, record),
        catalogue(ctx),
        ctx.predictor,
    )


def consider(
    ctx: Context,
    device: str,
    cause: str,
    trigger: Trigger | None = None,
) -> Answer | None:
    """Decide and act. While a deployment is under way the decision waits for its end."""
    record = ctx.store.device(device)
    if not is_ready(record):
        return None
    if trigger is not None:
        # The rung that answers now may be gone when the decision is made later.
        ctx.triggers[device] = replace(trigger, answered_by=None)
    if is_under_way(ctx, record):
        ctx.remember(device, waiting=cause)
        return None
    due = trigger or ctx.triggers.get(device) or Trigger(TriggerKind.PLAN, at=ctx.clock.time())
    answer = plan_device(ctx, device, due)
    if answer is not None:
        ctx.remember(device, waiting="")
        if not (answer.deploy and answer.plan.build):
            ctx.triggers.pop(device, None)
        _act(ctx, record, answer, cause)
    return answer


def consider_waiting(ctx: Context, device: str) -> None:
    """The decision that was put off, now that the deployment has ended."""
    cause = ctx.state(device).waiting
    if cause:
        consider(ctx, device, cause)


def start_over(ctx: Context) -> None:
    """After a start: jobs that ended with the last process are closed, decisions made again."""
    for job in ctx.store.jobs():
        if job.state in ("queued", "running"):
            builds.close_lost(ctx, job)
    for record in ctx.store.devices():
        ctx.worker.submit(consider, ctx, record.id, "controller start")


def resume_after_build(ctx: Context, variant: str, error: str) -> None:
    """A build has ended: the devices that waited for it are decided for anew."""
    for device in sorted(ctx.building.pop(variant, set())):
        if error:
            ctx.event(
                "build_failed",
                f"{variant} could not be built for {device}: {error}",
                device=device,
                severity=Severity.ERROR,
                variant=variant,
            )
            builds.exclude_unbuildable(ctx, device, variant)
        else:
            adaptations.mark(ctx, device, "built")
        consider(ctx, device, f"built {variant}" if not error else f"build of {variant} failed")


def _act(ctx: Context, record: DeviceRecord, answer: Answer, cause: str) -> None:
    plan = answer.plan
    if plan.primary is None:
        _nothing_fits(ctx, record, plan, cause)
    elif not answer.deploy:
        adaptations.settle_without_deployment(ctx, record.id, answer)
        _tell_limits(ctx, record, plan)
    elif plan.build:
        _build_first(ctx, record, answer, cause)
    else:
        deploy(ctx, record, answer, plan.primary, cause)


def _tell_limits(ctx: Context, record: DeviceRecord, plan: Plan) -> None:
    """A device watches its limits, so it must know of new ones even if it serves on as it is."""
    desired = current_desired(record)
    if desired is not None and desired.limits != plan.limits:
        renew(ctx, record, "new limits", plan.limits)


def _build_first(ctx: Context, record: DeviceRecord, answer: Answer, cause: str) -> None:
    plan = answer.plan
    adaptations.set_kind(ctx, record.id, "rebuilt")
    if plan.interim is not None and not device_view(ctx, record).serving:
        deploy(ctx, record, answer, plan.interim, f"{cause}; until the build is done")
    else:
        ctx.store.add_plan(_plan_record(ctx, plan, cause, answer))
    for variant in plan.build:
        builds.start(ctx, variant, record.id, resume_after_build)


def _nothing_fits(ctx: Context, record: DeviceRecord, plan: Plan, cause: str) -> None:
    ctx.store.add_plan(_plan_record(ctx, plan, cause, None))
    adaptations.settle_without_deployment(ctx, record.id, None)
    ctx.event(
        "no_plan",
        f"no variant fits {record.id}: {'; '.join(plan.reasons)}",
        device=record.id,
        severity=Severity.WARNING,
        reasons=list(plan.reasons),
    )


def _plan_record(ctx: Context, plan: Plan, cause: str, answer: Answer | None) -> PlanRecord:
    return PlanRecord(
        device=plan.device,
        at=ctx.clock.time(),
        cause=cause,
        variant=plan.primary.spec.id if plan.primary else "",
        regime=plan.regime,
        document=msgspec.to_builtins(plan_document(plan, answer)),
    )
