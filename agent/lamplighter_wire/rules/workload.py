"""What the streams of a device ask of it together."""

from collections.abc import Iterable

from lamplighter_wire.messages import Workload


def total_workload(workloads: Iterable[Workload]) -> Workload:
    """Demands add up; the regime is that of most of the demanded frames.

    Of several with as many the first by name; the default workload without any.
    """
    demanded = sorted(workloads, key=lambda workload: str(workload.regime))
    fps: dict[str, float] = {}
    for workload in demanded:
        regime = str(workload.regime)
        fps[regime] = fps.get(regime, 0.0) + workload.fps_demand
    if not demanded:
        return Workload()
    most = max(fps, key=fps.__getitem__)
    regime_of = {str(workload.regime): workload.regime for workload in demanded}
    return Workload(regime=regime_of[most], fps_demand=sum(fps.values()))
