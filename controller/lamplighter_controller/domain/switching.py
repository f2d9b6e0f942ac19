"""Answering a workload shift, a breach or a refusal: whether to switch, and to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from lamplighter_wire.enums import AnswerKind, TriggerKind
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.rules.sizes import point_key
from lamplighter_wire.statistics import share_text

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.ladder import fits
from lamplighter_controller.domain.objectives import Objective, point_limits
from lamplighter_controller.domain.operating_points import EPSILON, Choice, as_it_is, assess
from lamplighter_controller.domain.planner import Plan, choose
from lamplighter_controller.domain.policy.policy import DEFAULTS, Policy
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec


@dataclass(frozen=True)
class Trigger:
    """Why a decision is due.

    Attributes:
        answered_by: the resident rung that the device already stepped to by itself.
        broke: the point that a breach was seen at; None: what serves.
        served: what served when it came, before such a step; None: what serves.
    """

    kind: TriggerKind
    at: float = 0.0
    answered_by: OperatingPoint | None = None
    broke: OperatingPoint | None = None
    served: OperatingPoint | None = None
    detail: str = ""


@dataclass(frozen=True)
class SwitchDecision:
    """What the switch rule says.

    Attributes:
        why: first | mend | accuracy | counts | energy; empty when there is no reason to switch.
        gain: predicted, in `unit`: share of the limit, points of accuracy, or percent of energy.
    """

    switch: bool
    why: str = ""
    gain: float = 0.0
    unit: str = ""


@dataclass(frozen=True)
class Decision:
    """What to do about a trigger.

    Attributes:
        target: what the device should end up serving; None when nothing changes.
        deploy: whether `plan` is to be sent as a new desired state (after building `plan.build`).
    """

    kind: AnswerKind
    plan: Plan
    target: Choice | None
    verdict: SwitchDecision
    reasons: tuple[str, ...]
    deploy: bool


def switch_rule(
    incumbent: Choice | None,
    candidate: Choice,
    fps_demand: float,
    policy: Policy = DEFAULTS,
    *,
    is_cold: bool = False,
) -> SwitchDecision:
    """Switch only to mend a breach, for a gain in accuracy, or in energy at equal accuracy.

    A switch costs bytes, a trial and a risk; one that `is_cold` a gap in service as well, because
    both do not fit in memory together. Accuracy is expected AP50 × the share of the demand that a
    capped frame rate leaves; where counts are the objective, it is 1 less their expected error at
    the point's rate. What is no mend must have room for the demand to grow, or the next swing of
    the demand would undo it; only a gain in accuracy over a cap that costs many frames needs none.
    """
    if incumbent is None:
        return SwitchDecision(True, "first")
    worst, left = _worst(incumbent), _worst(candidate)
    if worst > 0 and left < worst - EPSILON:
        return SwitchDecision(True, "mend", worst - left, "limit share")
    if left > 0:
        return SwitchDecision(False)
    if not candidate.has_room and not _starved(incumbent, fps_demand, policy):
        return SwitchDecision(False)
    gain = candidate.served_worth(fps_demand) - incumbent.served_worth(fps_demand)
    if gain >= policy.least_gain(candidate.for_counts, is_cold) - EPSILON:
        why = "counts" if candidate.for_counts else "accuracy"
        return SwitchDecision(True, why, 100 * gain, "points")
    before, after = incumbent.energy_compared, candidate.energy_compared
    saved = 1.0 - after / before if before > 0 else 0.0
    equal = policy.equal_worth(candidate.for_counts)
    is_equal = abs(gain) <= equal + EPSILON and candidate.has_room
    if is_equal and saved >= policy.min_energy_gain - EPSILON:
        return SwitchDecision(True, "energy", 100 * saved, "percent energy")
    return SwitchDecision(False)


def _worst(choice: Choice) -> float:
    return max(choice.broken.values(), default=0.0)


def _starved(choice: Choice, fps_demand: float, policy: Policy) -> bool:
    """Whether a cap costs so many frames that lifting it needs no room."""
    return 0 < choice.point.fps * policy.demand_headroom < fps_demand


def decide(
    view: DeviceView,
    trigger: Trigger,
    objective: Objective,
    catalogue: Sequence[VariantSpec],
    predictor: Predictor,
) -> Decision:
    """What answers a trigger.

    `view.workload` is the new workload, `view.serving` what served before. The rungs in order of
    cost: what the device already did, what it holds, what was built before, what must be built.
    """
    judge = partial(_judged_point, view, objective, catalogue, predictor)
    incumbent = judge(trigger.answered_by or view.serving)
    broke = judge(trigger.broke or view.serving) if trigger.kind is TriggerKind.BREACH else None
    if broke is not None and broke.feasible:
        view, incumbent = _believe(view, broke, incumbent)
    mends = incumbent is not None and not incumbent.feasible
    plan = choose(view, objective, catalogue, predictor, mends=mends)
    if plan.primary is None:
        return _keep(view, trigger, plan, SwitchDecision(False))
    is_cold = incumbent is not None and not fits([incumbent, plan.primary], plan.limits)
    verdict = switch_rule(incumbent, plan.primary, plan.fps_demand, view.policy, is_cold=is_cold)
    if broke is not None and not _relieves(broke, plan.primary, verdict):
        verdict = SwitchDecision(False)
    if not verdict.switch:
        return _keep(view, trigger, plan, verdict)
    kind = _kind(view, plan.primary)
    reasons = (_reason(verdict, kind), *plan.reasons)
    return Decision(kind, plan, plan.primary, verdict, reasons, True)


def _judged_point(
    view: DeviceView,
    objective: Objective,
    catalogue: Sequence[VariantSpec],
    predictor: Predictor,
    point: OperatingPoint | None,
) -> Choice | None:
    """A point of the device under the new workload; None when it is not in the catalogue."""
    spec = next((s for s in catalogue if point and s.id == point.variant), None)
    if point is None or spec is None:
        return None
    limits = point_limits(objective, view.capabilities)
    judged = assess(view, limits, spec, point.width, point.height, predictor)
    return as_it_is(view, limits, judged, point)


def _believe(
    view: DeviceView, broke: Choice, incumbent: Choice | None
) -> tuple[DeviceView, Choice | None]:
    """Figures still favour what was seen to break a limit: believe the breach."""
    if incumbent is not None and incumbent.key == broke.key:
        incumbent = msgspec.structs.replace(incumbent, broken={"observed": 1.0})
    return view.refusing(broke.key, "broke a limit"), incumbent


def _relieves(broke: Choice, candidate: Choice, verdict: SwitchDecision) -> bool:
    """A breach is answered by a mend that asks less of the device, not by a gain."""
    quicker = candidate.predicted.latency_p95_ms < broke.predicted.latency_p95_ms
    smaller = candidate.predicted.memory_bytes < broke.predicted.memory_bytes
    less = quicker or smaller or candidate.energy_mj < broke.energy_mj
    return verdict.why in ("first", "mend") and (less or candidate.point.fps > 0)


def _kind(view: DeviceView, target: Choice) -> AnswerKind:
    if target.spec.id in view.resident:
        return AnswerKind.LADDER
    return AnswerKind.CACHED if target.spec.built else AnswerKind.REBUILT


def _keep(view: DeviceView, trigger: Trigger, plan: Plan, verdict: SwitchDecision) -> Decision:
    """Nothing to send: the device has answered by itself, or there is nothing better."""
    rung, before = trigger.answered_by, trigger.served or view.serving
    answered = rung is not None and (before is None or _key(rung) != _key(before))
    kind = AnswerKind.LADDER if answered else AnswerKind.NONE
    if answered and rung is not None:
        text = f"the resident rung {_key(rung)} answers; nothing is better by the switch rule"
    elif plan.primary is None:
        text = "nothing else may be served here"
    else:
        points = 100 * view.policy.least_gain(plan.primary.for_counts)
        percent = 100 * view.policy.min_energy_gain
        gains = f"gains {points:g} point{'s'[: points != 1]} or {percent:g} % energy"
        text = f"nothing mends, or {gains} with room for the demand to grow"
    return Decision(kind, plan, None, verdict, (text, *plan.reasons), False)


def _key(point: OperatingPoint) -> str:
    return point_key(point.variant, point.width, point.height)


def _reason(verdict: SwitchDecision, kind: AnswerKind) -> str:
    words = {
        "first": "first deployment",
        "mend": f"mends a limit broken by {share_text(verdict.gain)}",
        "accuracy": f"gains {verdict.gain:.1f} points of expected accuracy",
        "counts": f"saves {verdict.gain:.1f} points of the expected error of counts",
        "energy": f"saves {verdict.gain:.0f} % energy at equal accuracy",
    }
    how = {
        AnswerKind.LADDER: "resident",
        AnswerKind.CACHED: "built before",
        AnswerKind.REBUILT: "to be built",
    }
    return f"{words[verdict.why]} ({how[kind]})"
