"""Series of single devices: what they serve, how fast, for how much energy, and what is wrong."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.api.metrics.families import Families
from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.services.metrics.window_totals import StreamTotals
from lamplighter_controller.store.records import DeviceRecord

# The figures of an older window are no figures of now: the series ends.
FRESH_S = 300.0
MS, MJ = 1e-3, 1e-3


class Totals(Protocol):
    """What windows have come to, by device and stream."""

    def of(self, device: str) -> Mapping[str, StreamTotals]: ...


def add_device(
    families: Families,
    record: DeviceRecord,
    notices: Iterable[Notice],
    totals: Mapping[str, StreamTotals],
    now: float,
) -> None:
    """All series of one device; `now` is wall time."""
    name = record.id
    families.add("device_online", record.online, name)
    families.add("device_last_seen_timestamp_seconds", record.last_seen, name)
    _add_info(families, record)
    for notice in notices:
        families.add("device_attention", 1, name, notice.kind, notice.severity)
    if record.reported is not None:
        families.add("device_phase", 1, name, record.reported.phase)
        families.add("device_deployment", 1, name, record.reported.outcome or "under way")
    if record.online:
        _add_windows(families, record, now)
    for stream, sums in totals.items():
        _add_totals(families, name, stream, sums)


def _add_info(families: Families, record: DeviceRecord) -> None:
    window, serving = record.newest_window, record.reported.serving if record.reported else None
    facts = record.capabilities
    families.add(
        "device_info",
        1,
        record.id,
        record.site,
        serving.variant if serving else "",
        f"{serving.width}x{serving.height}" if serving and serving.variant else "",
        str(window.regime) if window else "",
        facts.machine if facts else "",
        record.agent_version,
    )


def _add_windows(families: Families, record: DeviceRecord, now: float) -> None:
    named = {name: (state.window, state.window_at) for name, state in record.streams.items()}
    heard = named or {"": (record.newest_window, record.newest_window_at)}
    fresh = {
        stream: window
        for stream, (window, at) in heard.items()
        if window is not None and now - at < FRESH_S
    }
    for stream, window in fresh.items():
        _add_window(families, record.id, stream, window)
    newest = record.newest_window
    if newest is not None and now - record.newest_window_at < FRESH_S:
        _add_whole(families, record.id, newest)


def _add_window(families: Families, name: str, stream: str, window: Telemetry) -> None:
    families.add("device_camera_ok", window.source_state == SourceState.OK, name, stream)
    families.add("device_demanded_frames_per_second", window.fps_demand, name, stream)
    families.add("device_served_frames_per_second", window.fps_served, name, stream)
    if not window.frames:
        return
    families.add("device_objects", window.density, name, stream)
    for quantile, latency_ms in (
        ("0.5", window.latency_p50_ms),
        ("0.95", window.latency_p95_ms),
        ("0.99", window.latency_p99_ms),
    ):
        families.add("device_latency_seconds", latency_ms * MS, name, stream, quantile)
    energy_j, source = window.energy_mj_per_frame * MJ, window.energy_source
    families.add("device_energy_joules_per_frame", energy_j, name, stream, source)


def _add_whole(families: Families, name: str, window: Telemetry) -> None:
    """What holds for the device, whichever of its cameras says it."""
    families.add("device_power_watts", window.power_w, name, window.energy_source)
    families.add("device_cpu_cores", window.cpu_cores, name)
    families.add("device_memory_bytes", window.memory_bytes, name)
    if window.temperature_c is not None:
        families.add("device_temperature_celsius", window.temperature_c, name)


def _add_totals(families: Families, name: str, stream: str, sums: StreamTotals) -> None:
    families.add("device_frames_total", sums.frames, name, stream)
    families.add("device_frames_dropped_total", sums.dropped, name, stream)
    families.add("device_frames_rested_total", sums.rested, name, stream)
    for source, energy_j in sums.energy_j.items():
        families.add("device_energy_joules_total", energy_j, name, stream, source)
    for (line, direction, kind), number in sums.crossings.items():
        families.add("device_crossings_total", number, name, stream, line, direction, kind)
