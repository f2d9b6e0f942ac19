"""Variants and devices as the planner sees them, with what matters chosen by a test."""

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.variants import (
    VariantSpec,
)
from lamplighter_wire.messages import (
    Capabilities,
    Probe,
    ProbeEntry,
    Workload,
)
from lamplighter_wire.rules.sizes import DEFAULT_SIZES
from lamplighter_wire.tasks.detection import REGIMES

SIZES = DEFAULT_SIZES


def make_spec(name: str, precision: str = "fp32", ap50: float = 0.8, work: float = 1.0, **more):
    """A variant whose accuracy rises with resolution and falls in a jam."""
    table = {
        size: {r: ap50 + 0.04 * i - (0.03 if r.endswith("jam") else 0.0) for r in REGIMES}
        for i, size in enumerate(SIZES)
    }
    fields = {
        "recipe": name,
        "precision": precision,
        "size_bytes": 4_000_000 if precision == "fp32" else 1_000_000,
        "mmac": {"384x288": 400.0 * work},
        "expected_ap50": table,
        "manifest": f"m-{name}",
    }
    return VariantSpec(id=name, **{**fields, **more})


def make_probe(fp32: float = 0.05, int8: float = 0.02) -> Probe:
    """A probe with the given ms per MMAC for dense convolutions."""
    return Probe(
        entries=[
            ProbeEntry(
                name=f"dense_{p}", latency_p50_ms=10 * r, latency_p95_ms=12 * r, work_mmac=10
            )
            for p, r in (("fp32", fp32), ("int8", int8))
        ]
    )


def make_view(fps: float = 5.0, probe: Probe | None = None, **caps) -> DeviceView:
    """A device in daylight, dry, free flow."""
    known = {
        "machine": "x86_64",
        "isa": ["avx2"],
        "cores": 1,
        "runtimes": {"onnxruntime": "1.22"},
        "active_w_per_core": 4.0,
        "idle_w": 1.0,
    }
    return DeviceView(
        id="cam-1",
        capabilities=Capabilities(**{**known, **caps}),
        probe=probe or make_probe(),
        workload=Workload(fps_demand=fps),
    )


CATALOGUE = [
    make_spec("full-fp32", "fp32", 0.80),
    make_spec("full-int8", "int8", 0.79),
    make_spec("half-fp32", "fp32", 0.74, 0.4),
    make_spec("half-int8", "int8", 0.73, 0.4),
]
