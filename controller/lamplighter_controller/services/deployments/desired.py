"""Desired states, put together from a decision."""

from lamplighter_wire.messages import Desired

from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.switching import Decision


def draft_desired(device: str, decision: Decision, choice: Choice, policy: Policy) -> Desired:
    """What a device shall serve, without a revision; what it trades is not known here."""
    plan = decision.plan
    ladder = [rung for rung in plan.ladder if rung.point.manifest]
    primary = next(
        (rung for rung in ladder if rung.point == choice.point), choice.rung([plan.regime])
    )
    return Desired(
        device=device,
        primary=primary,
        ladder=ladder,
        limits=plan.limits,
        reasons=[*decision.reasons],
        probation_frames=policy.probation_frames,
        probation_s=policy.probation_s,
        policy=policy.for_device(),
    )


def is_same_order(before: Desired, after: Desired) -> bool:
    """Whether a device that holds to the one holds to the other."""
    if (before.limits, before.policy) != (after.limits, after.policy):
        return False
    points = [[d.primary.point, *(rung.point for rung in d.ladder)] for d in (before, after)]
    return points[0] == points[1]
