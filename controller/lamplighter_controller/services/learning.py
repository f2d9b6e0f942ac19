"""What was observed corrects the predictor, per device and hardware class; kept on disk."""

import msgspec
from lamplighter_wire.messages import OperatingPoint, Reported, Telemetry

from lamplighter_controller.domain.predictor import Observation, Predictor
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.projections import catalogue, device_view
from lamplighter_controller.store.records import DeviceRecord

# A shorter window says more about one hiccup than about the device.
MIN_FRAMES = 8


def load_predictor(ctx: Context) -> None:
    """Read back what was learnt before."""
    observations: list[Observation] = []
    for device in ctx.store.devices():
        document = ctx.store.document(f"observations:{device.id}") or {"list": []}
        observations += msgspec.convert(document["list"], list[Observation])
    ctx.predictor = Predictor(observations=tuple(observations))


def learn_from_telemetry(ctx: Context, record: DeviceRecord, window: Telemetry) -> None:
    """One window of what the device serves."""
    if window.frames < MIN_FRAMES or window.source_state != "ok":
        return
    _observe(
        ctx,
        record,
        window.serving,
        latency_p50_ms=window.latency_p50_ms,
        latency_p95_ms=window.latency_p95_ms,
        # Also an estimate: it follows from the whole agent's processor time, decoding included,
        # and the power budget is judged by it. A deployment's own work is no frame's energy.
        energy_mj=0.0 if window.disturbed else window.energy_mj_per_frame,
    )


def learn_from_trial(
    ctx: Context, record: DeviceRecord, reported: Reported, point: OperatingPoint
) -> None:
    """The paired trial on the device, also of a refused candidate."""
    if reported.trial is None or not reported.trial.pairs:
        return
    _observe(
        ctx,
        record,
        point,
        latency_p50_ms=reported.trial.candidate_p50_ms,
        latency_p95_ms=reported.trial.candidate_p95_ms,
        alone=not reported.trial.incumbent_p50_ms,
    )


def find_spec(ctx: Context, variant: str) -> VariantSpec | None:
    """The variant in the catalogue."""
    return next((spec for spec in catalogue(ctx) if spec.id == variant), None)


def _observe(
    ctx: Context,
    record: DeviceRecord,
    point: OperatingPoint,
    *,
    latency_p50_ms: float,
    latency_p95_ms: float,
    energy_mj: float = 0.0,
    alone: bool = False,
) -> None:
    spec = find_spec(ctx, point.variant)
    if spec is None:
        return
    ctx.predictor = ctx.predictor.observe(
        device_view(ctx, record),
        spec,
        point.width,
        point.height,
        latency_p50_ms=latency_p50_ms,
        latency_p95_ms=latency_p95_ms,
        energy_mj=energy_mj,
        threads=point.threads,
        alone=alone,
    )
    own = [o for o in ctx.predictor.observations if o.device == record.id]
    document = {"list": msgspec.to_builtins(own)}
    ctx.store.put_document(f"observations:{record.id}", document)
