"""Messages as a device sends them."""

from lamplighter_wire.messages import OperatingPoint, Request, Shift, Telemetry, Workload

from tests.simulators.controller_rig import Rig


def shift(to: Workload, at: float, began: float) -> Request:
    """The street has changed, and no resident rung is enough."""
    return Request(
        device="cam-1",
        at=at,
        kind="recompress",
        trigger="shift",
        shift=Shift(after=to, at=at, began_at=began),
    )


def telemetry(rig: Rig, point: OperatingPoint, latency_ms: float, seq: int = 1) -> Telemetry:
    """Five quiet seconds at a point."""
    return Telemetry(
        device="cam-1",
        seq=seq,
        start=rig.clock.time(),
        seconds=5.0,
        serving=point,
        frames=30,
        fps_demand=5.0,
        fps_served=5.0,
        latency_p50_ms=latency_ms,
        latency_p95_ms=1.2 * latency_ms,
        energy_source="estimate",
    )
