"""From records to what the domain decides on."""

from typing import Any

import msgspec
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import (
    Capabilities,
    Desired,
    Envelope,
    OperatingPoint,
    Probe,
    Workload,
)

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.operating_points import Alternative, Choice
from lamplighter_controller.domain.planner import Plan
from lamplighter_controller.domain.switching import Answer
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.context import Context, DeviceState
from lamplighter_controller.store.records import DeviceRecord, VariantRecord

# Kept of a plan's alternatives: the nearest to being chosen come first.
MAX_ALTERNATIVES = 24


def is_ready(record: DeviceRecord) -> bool:
    """Whether enough is known of a device to plan for it."""
    known = record.capabilities is not None and record.probe is not None
    return known and record.retired_at is None


def device_view(ctx: Context, record: DeviceRecord) -> DeviceView:
    """A device as the planner sees it now."""
    state = ctx.state(record.id)
    return DeviceView(
        id=record.id,
        capabilities=record.capabilities or Capabilities(),
        probe=record.probe or Probe(),
        workload=record.workload or Workload(),
        serving=_serving(record, state),
        resident=tuple(record.reported.resident) if record.reported else (),
        fps_by_regime=state.fps_by_regime,
        refused=_refused(ctx, state),
    )


def _serving(record: DeviceRecord, state: DeviceState) -> OperatingPoint | None:
    if state.serving is not None and state.serving.variant:
        return state.serving
    if record.reported is not None and record.reported.serving.variant:
        return record.reported.serving
    return None


def _refused(ctx: Context, state: DeviceState) -> dict[str, str]:
    now = ctx.clock.time()
    return {key: r.reason for key, r in state.refused.items() if r.until > now}


def objective_of(ctx: Context, record: DeviceRecord) -> Objective:
    """The device's own policy, or the default of the settings."""
    settings = ctx.settings
    default = Objective(
        latency_p95_ms=settings.latency_p95_ms,
        power_w=settings.power_w,
        memory_bytes=settings.memory_bytes,
    )
    own = {**msgspec.to_builtins(default), **record.objective}
    return msgspec.convert(own, Objective)


def catalogue(ctx: Context) -> list[VariantSpec]:
    """Everything that is built or could be."""
    if ctx.specs is None:
        specs = {spec.id: spec for spec in ctx.builder.offers()}
        for record in ctx.store.variants():
            offer, known = specs.get(record.id), spec_of(record)
            # A variant of an older recipe or parent must not hide the offer to build it anew, and
            # where one calibrated for a regime pays, the workshop alone knows.
            fresh = offer is None or offer.manifest == record.manifest
            if fresh and not known.calibration:
                specs[record.id] = known
        ctx.specs = [specs[name] for name in sorted(specs)]
    return ctx.specs


def keep_variant(ctx: Context, spec: VariantSpec) -> None:
    """Register a built variant, or its new figures."""
    ctx.store.put_variant(variant_record(spec, ctx.clock.time()))
    ctx.specs = None


def spec_of(record: VariantRecord) -> VariantSpec:
    """The planner's view of a built variant."""
    return msgspec.convert(record.document, VariantSpec)


def variant_record(spec: VariantSpec, now: float) -> VariantRecord:
    """A built variant as it is kept."""
    return VariantRecord(
        id=spec.id,
        model=spec.model,
        recipe=spec.recipe,
        manifest=spec.manifest,
        size_bytes=spec.size_bytes,
        built_at=now,
        document=msgspec.to_builtins(spec),
    )


def current_desired(record: DeviceRecord) -> Desired | None:
    """What the device should serve according to the last signed document."""
    if not record.desired:
        return None
    try:
        return decode(decode(record.desired, Envelope).payload, Desired)
    except CodecError:
        return None


def plan_document(plan: Plan, answer: Answer | None = None) -> dict[str, Any]:
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
    if answer is not None:
        document["answer"] = {
            "kind": answer.kind,
            "reasons": list(answer.reasons),
            "verdict": msgspec.to_builtins(answer.verdict),
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
