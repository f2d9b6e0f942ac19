"""Windows as a camera sends them: every figure with all its digits, no two alike."""

from random import Random

from lamplighter_wire.enums import EnergySource
from lamplighter_wire.messages import OperatingPoint, Regime, Telemetry

WINDOW_S = 10.0
# The street changes its regime after so many windows.
REGIME_WINDOWS = 250
POINT = OperatingPoint(variant="nanodet@3f2a9c01+int8-full", manifest="ab" * 32, threads=1)


def measured_window(number: int, device: str = "cam-1", begin: float = 1.8e9) -> Telemetry:
    """The window `number` of a device, the same each time."""
    dice = Random(f"{device} {number}")  # noqa: S311 - no secret
    frames, p50_ms = dice.randint(40, 60), dice.uniform(15.0, 25.0)
    seconds = WINDOW_S + dice.uniform(0.0, 0.01)
    return Telemetry(
        device=device,
        seq=2 * number + 1,  # events are numbered as well
        start=begin + WINDOW_S * number + dice.uniform(0.0, 0.01),
        seconds=seconds,
        serving=POINT,
        regime=Regime(density="jam" if number // REGIME_WINDOWS % 2 else "free"),
        frames=frames,
        dropped=dice.choice((0, 0, 0, 1, 2)),
        fps_demand=dice.uniform(3.0, 8.0),
        fps_served=frames / seconds,
        latency_p50_ms=p50_ms,
        latency_p95_ms=p50_ms * dice.uniform(1.2, 1.5),
        latency_p99_ms=p50_ms * dice.uniform(1.5, 2.0),
        response_p95_ms=p50_ms * dice.uniform(1.2, 1.5),
        energy_mj_per_frame=dice.uniform(70.0, 90.0),
        energy_source=EnergySource.ESTIMATE,
        energy_rel_error=0.3,
        power_w=dice.uniform(2.5, 3.5),
        cpu_cores=dice.uniform(0.2, 0.4),
        memory_bytes=dice.randint(130_000_000, 150_000_000),
        temperature_c=dice.uniform(45.0, 60.0),
        brightness=dice.uniform(0.4, 0.6),
        density=float(dice.randint(0, 6)),
        motion=dice.uniform(20.0, 90.0),
        reference_agreement_f1=dice.uniform(0.8, 1.0),
        median_confidence=dice.uniform(0.4, 0.8),
        track_breaks_per_min=dice.randint(0, 4) * 60 / seconds,
        count_imbalance=dice.uniform(0.0, 0.3),
        counts={
            "south/in": {"car": dice.randint(0, 4), "truck": dice.randint(0, 1)},
            "north/out": {"car": dice.randint(0, 4)},
        },
        threshold=0.35,
    )
