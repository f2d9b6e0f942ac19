"""The streams of a device, each by what was heard of it last, and the device as all of them."""

from collections.abc import Mapping, Sequence

import msgspec
from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import Capabilities, SeenHeights, Telemetry, Workload
from lamplighter_wire.rules.workload import total_workload
from lamplighter_wire.topics import StreamId

from lamplighter_controller.domain.message_order import MessageStamp


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of a device.

    `workload_of` is what the workload was last taken from; a stream that has shown no street yet
    has none.
    """

    window: Telemetry | None = None  # the newest by the device's clock
    window_at: float = 0.0  # when it came, by ours
    workload: Workload | None = None
    workload_of: MessageStamp = MessageStamp()


Streams = Mapping[StreamId, StreamState]


def stream_ids(capabilities: Capabilities | None) -> list[StreamId]:
    """The streams that a device has by its own word; at least one."""
    named = capabilities.streams if capabilities else []
    return list(dict.fromkeys(named)) or [""]


def told_streams(capabilities: Capabilities | None) -> list[StreamId] | None:
    """The same where a device has told what it is; None: it has not, and may have any."""
    return None if capabilities is None else stream_ids(capabilities)


def workload_of(streams: Streams) -> Workload | None:
    """What they ask of the device together; None while none has shown its street."""
    workloads = [stream.workload for stream in streams.values() if stream.workload is not None]
    return total_workload(workloads) if workloads else None


def device_window(streams: Streams) -> Telemetry | None:
    """The newest windows of all streams as one; of a single stream it is that stream's own.

    Frames add up, times are those of the slowest stream, and what holds for the whole device is
    taken from the newest.
    """
    windows = [stream.window for stream in streams.values() if stream.window is not None]
    if len(windows) <= 1:
        return windows[0] if windows else None
    newest = max(windows, key=lambda window: (window.seq, window.start + window.seconds))
    return msgspec.structs.replace(
        newest, stream="", **_sums(windows), **_worst(windows), **_means(windows)
    )


def _sums(windows: Sequence[Telemetry]) -> dict[str, object]:
    workload = total_workload(Workload(regime=w.regime, fps_demand=w.fps_demand) for w in windows)
    return {
        "regime": workload.regime,
        "fps_demand": workload.fps_demand,
        "frames": sum(w.frames for w in windows),
        "dropped": sum(w.dropped for w in windows),
        "rested": sum(w.rested for w in windows),
        "fps_served": sum(w.fps_served for w in windows),
        "density": sum(w.density for w in windows),
        "track_breaks_per_min": sum(w.track_breaks_per_min for w in windows),
        "counts": {f"{w.stream}/{line}": n for w in windows for line, n in w.counts.items()},
        "metrics": {f"{w.stream}/{name}": m for w in windows for name, m in w.metrics.items()},
        "heights": SeenHeights(),  # of several cameras together they say nothing of any
    }


def _worst(windows: Sequence[Telemetry]) -> dict[str, object]:
    lost = [w.source_state for w in windows if w.source_state != SourceState.OK]
    times = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "response_p95_ms")
    watched_s = [w.watched_s for w in windows if w.watched_s is not None]
    return {
        **{name: max(getattr(w, name) for w in windows) for name in (*times, "motion")},
        "watched_s": min(watched_s, default=None),
        "lost_s": max(w.lost_s for w in windows),
        "source_state": lost[0] if lost else SourceState.OK,
        "disturbed": any(w.disturbed for w in windows),
        "count_imbalance": max(w.count_imbalance for w in windows),
    }


def _means(windows: Sequence[Telemetry]) -> dict[str, object]:
    """Over frames, where each window has an average of its own."""
    frames = sum(w.frames for w in windows)
    energy_mj = sum(w.energy_mj_per_frame * w.frames for w in windows)
    agreements = [a for w in windows if (a := w.reference_agreement_f1) is not None]
    return {
        "energy_mj_per_frame": energy_mj / frames if frames else 0.0,
        "reference_agreement_f1": sum(agreements) / len(agreements) if agreements else None,
        "median_confidence": sum(w.median_confidence for w in windows) / len(windows),
    }
