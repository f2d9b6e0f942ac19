"""Desired states, put together from a decision."""

from dataclasses import dataclass

from lamplighter_wire.messages import Desired

from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.switching import Decision
from lamplighter_controller.store.records import DeviceRecord


@dataclass(frozen=True)
class DeploymentPolicy:
    """How long an order holds, how a new variant is watched, and how long an outcome may take."""

    desired_life_s: float
    probation_frames: int
    probation_s: float
    patience_s: float


def next_desired(
    record: DeviceRecord, decision: Decision, choice: Choice, policy: DeploymentPolicy, now: float
) -> Desired:
    """The next revision for a device; what its candidate trades is not known here."""
    plan = decision.plan
    ladder = [rung for rung in plan.ladder if rung.point.manifest]
    primary = next(
        (rung for rung in ladder if rung.point == choice.point), choice.rung([plan.regime])
    )
    return Desired(
        device=record.id,
        revision=record.revision + 1,
        issued_at=now,
        expires_at=now + policy.desired_life_s,
        primary=primary,
        ladder=ladder,
        limits=plan.limits,
        reasons=[*decision.reasons],
        probation_frames=policy.probation_frames,
        probation_s=policy.probation_s,
    )


def is_same_order(before: Desired, after: Desired) -> bool:
    """Whether a device that holds to the one holds to the other."""
    same = before.primary.point == after.primary.point and before.limits == after.limits
    return same and [r.point for r in before.ladder] == [r.point for r in after.ladder]
