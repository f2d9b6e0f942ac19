"""Deciding for a device within what operators have set for it by hand."""

from collections.abc import Sequence
from dataclasses import replace

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.policy.release import Gate, GateVerdict, Intent
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.switching import Decision, SwitchDecision, Trigger, decide
from lamplighter_controller.domain.variants import VariantSpec

# Why a device is told to change, and what it is told that the change buys.
OVERRIDE, ROLLOUT, BY_HAND = "override", "rollout", "operator"


def decide_within(
    view: DeviceView,
    trigger: Trigger,
    objective: Objective,
    catalogue: Sequence[VariantSpec],
    predictor: Predictor,
) -> Decision:
    """What answers a trigger, of what the device may serve.

    Where it serves what it may not, it is told to serve the best that it may; limits are not broken
    for that. Plan and decision say why.
    """
    offered = view.overrides.offered(catalogue)
    if offered is catalogue:
        return decide(view, trigger, objective, catalogue, predictor)
    decision = decide(view, trigger, objective, offered, predictor)
    why = tuple(view.overrides.reasons)
    plan = replace(decision.plan, reasons=(*why, *decision.plan.reasons))
    reasons = (*why, *decision.reasons)
    verdict = decision.verdict
    if view.serving is not None and verdict.why == "first":
        pin = view.overrides.pin
        cause = ROLLOUT if pin is not None and pin.waits else OVERRIDE
        verdict, reasons = SwitchDecision(True, cause), (*why, *decision.plan.reasons)
    return replace(decision, plan=plan, verdict=verdict, reasons=reasons)


def unless_held(gate: Gate) -> Gate:
    """A gate that lets nothing pass to a device that is held."""

    def _gate(intent: Intent, view: DeviceView, now: float) -> GateVerdict:
        hold = view.overrides.hold
        if hold is None:
            return gate(intent, view, now)
        return GateVerdict(False, hold.text, hold.until)

    return _gate
