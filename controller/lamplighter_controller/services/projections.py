"""Plans and choices as the JSON documents that are kept and served."""

from typing import Any

import msgspec

from lamplighter_controller.domain.operating_points import Alternative, Choice
from lamplighter_controller.domain.planner import Plan
from lamplighter_controller.domain.switching import Decision

# Kept of a plan's alternatives: the nearest to being chosen come first.
MAX_ALTERNATIVES = 24


def plan_document(plan: Plan, decision: Decision | None = None) -> dict[str, Any]:
    """A plan as it is kept and served: choice, figures, reasons, alternatives."""
    primary = plan.primary
    document: dict[str, Any] = {
        "regime": plan.regime,
        "fps_demand": plan.fps_demand,
        "limits": msgspec.to_builtins(plan.limits),
        "primary": choice_document(primary) if primary else None,
        "interim": choice_document(plan.interim) if plan.interim else None,
        "ladder": msgspec.to_builtins(list(plan.ladder)),
        "reasons": list(plan.reasons),
        "build": list(plan.build),
        "degraded": plan.degraded,
        "alternatives": [_alternative(a) for a in plan.alternatives[:MAX_ALTERNATIVES]],
    }
    if decision is not None:
        document["answer"] = {
            "kind": decision.kind,
            "reasons": list(decision.reasons),
            "verdict": msgspec.to_builtins(decision.verdict),
        }
    return document


def choice_document(choice: Choice) -> dict[str, Any]:
    """An operating point with its recipe and predicted figures."""
    return {
        "variant": choice.spec.id,
        "recipe": choice.spec.recipe,
        "precision": choice.spec.precision,
        "size_bytes": choice.spec.size_bytes,
        "point": msgspec.to_builtins(choice.point),
        "predicted": msgspec.to_builtins(choice.predicted),
        "fps": choice.fps,
    }


def _alternative(alternative: Alternative) -> dict[str, Any]:
    predicted = alternative.predicted
    return {
        "variant": alternative.spec.id,
        "size": alternative.size,
        "predicted": None if predicted is None else msgspec.to_builtins(predicted),
        "rejected_because": alternative.rejected_because,
    }
