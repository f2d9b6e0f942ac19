"""Windows of a device as figures for other programs: what its charts draw, and of which stream."""

from collections.abc import Callable, Mapping, Sequence

from lamplighter_client.documents import TelemetryEntry

from lamplighter_dashboard.model.device_charts import per_minute

FIGURES: Mapping[str, Callable[[TelemetryEntry], object]] = {
    "stream": lambda w: w.stream,
    "start": lambda w: w.start,
    "seconds": lambda w: w.seconds,
    "fps_demand": lambda w: w.fps_demand,
    "fps_served": lambda w: w.fps_served,
    "latency_p50_ms": lambda w: w.latency_p50_ms,
    "latency_p95_ms": lambda w: w.latency_p95_ms,
    "energy_mj_per_frame": lambda w: w.energy_mj_per_frame,
    "power_w": lambda w: w.power_w,
    "density": lambda w: w.density,
    "crossings_per_min": per_minute,
}


def windows_of(windows: Sequence[TelemetryEntry]) -> tuple[list[str], list[list[object]]]:
    """Titles, and a row for each window."""
    return list(FIGURES), [[figure(one) for figure in FIGURES.values()] for one in windows]
