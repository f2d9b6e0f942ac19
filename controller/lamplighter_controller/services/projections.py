"""Plans and choices as the documents that are kept and served."""

import msgspec
from lamplighter_client import documents
from msgspec import UNSET

from lamplighter_controller.domain.operating_points import Alternative, Choice
from lamplighter_controller.domain.planner import Plan
from lamplighter_controller.domain.switching import Decision


def plan_document(plan: Plan, decision: Decision | None, trace: str = "") -> documents.Plan:
    """A plan: choice, figures, reasons, alternatives; `trace` of one that is deployed."""
    return documents.Plan(
        regime=plan.regime,
        fps_demand=plan.fps_demand,
        limits=plan.limits,
        primary=_choice(plan.primary) if plan.primary else None,
        interim=_choice(plan.interim) if plan.interim else None,
        ladder=list(plan.ladder),
        reasons=list(plan.reasons),
        build=list(plan.build),
        degraded=plan.degraded,
        alternatives=[_alternative(a) for a in plan.alternatives],
        answer=_answer(decision) if decision else UNSET,
        traceparent=trace or UNSET,
    )


def _answer(decision: Decision) -> documents.Answer:
    return documents.Answer(
        kind=decision.kind,
        reasons=list(decision.reasons),
        verdict=msgspec.convert(decision.verdict, documents.SwitchVerdict, from_attributes=True),
    )


def _choice(choice: Choice) -> documents.Choice:
    return documents.Choice(
        variant=choice.spec.id,
        recipe=choice.spec.recipe,
        precision=choice.spec.precision,
        size_bytes=choice.spec.size_bytes,
        point=choice.point,
        predicted=choice.predicted,
        fps=choice.fps,
    )


def _alternative(alternative: Alternative) -> documents.Alternative:
    return documents.Alternative(
        variant=alternative.spec.id,
        size=alternative.size,
        predicted=alternative.predicted,
        rejected_because=alternative.rejected_because,
    )
