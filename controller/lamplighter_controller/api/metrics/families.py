"""Metric families by name: each is declared once, with what it is and in which unit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lamplighter_wire.words.printable import one_line

PREFIX = "lamplighter_"
# Devices name lines and classes; a label's value is no place for long texts.
MOST_LABEL = 80

# Name -> (type, labels, help). Counters end in _total; all others are gauges.
DECLARED: dict[str, tuple[Sequence[str], str]] = {
    "devices": ((), "Devices that are not retired."),
    "online": ((), "Devices that are online."),
    "demanded_frames_per_second": ((), "Frame rate that the streets of all devices ask for."),
    "served_frames_per_second": ((), "Frame rate that all devices serve."),
    "power_watts": ((), "Power that all devices draw, as they measure or estimate it."),
    "jobs_running": ((), "Builds under way."),
    "worker_depth": ((), "Calls that wait for the deciding thread."),
    "lane_depth": (("lane",), "Calls that are due, by lane."),
    "deployments": (("outcome",), "Devices by what became of their last deployment."),
    "recompressions_total": (("answer",), "Answers to shifts and breaches."),
    "messages_dropped_total": (("kind",), "MQTT messages that were not taken, by why."),
    "chunks_total": (("kind",), "Chunks that were published, asked for, or refused."),
    "chunk_bytes_total": ((), "Bytes of chunks that were published."),
    "upkeep_total": (("kind",), "Rows of the database put together or deleted."),
    "unreadable_rows": ((), "Rows of the database that cannot be read."),
    "webhook_deliveries_total": (("kind",), "Deliveries to webhooks, by what became of them."),
    "connections_total": (("kind",), "Connections to the API, by what became of them."),
    "counted_total": (("group", "kind"), "What else the controller counts."),
    "metrics_devices_left_out": ((), "Devices without series of their own: see metrics_devices."),
    "metrics_left_out_total": ((), "Figures of windows that found no room in totals."),
    "device_info": (
        ("device", "site", "variant", "input", "regime", "machine", "agent_version"),
        "What a device serves and is; always 1.",
    ),
    "device_online": (("device",), "Whether a device is online: 1 or 0."),
    "device_last_seen_timestamp_seconds": (("device",), "When it was last heard; 0: never."),
    "device_phase": (("device", "phase"), "Phase of its last deployment; always 1."),
    "device_deployment": (("device", "outcome"), "Outcome of its last deployment; always 1."),
    "device_attention": (("device", "kind", "severity"), "One thing that is wrong; always 1."),
    "device_power_watts": (("device", "source"), "Power of the whole device."),
    "device_cpu_cores": (("device",), "Processor cores that the agent uses."),
    "device_memory_bytes": (("device",), "Memory that the agent holds."),
    "device_temperature_celsius": (("device",), "Temperature of the processor."),
    "device_camera_ok": (("device", "stream"), "Whether a camera gives pictures: 1 or 0."),
    "device_latency_seconds": (
        ("device", "stream", "quantile"),
        "Latency of a frame in the newest window.",
    ),
    "device_energy_joules_per_frame": (
        ("device", "stream", "source"),
        "Energy of a frame in the newest window, by what it was measured with.",
    ),
    "device_demanded_frames_per_second": (("device", "stream"), "What the street asks for."),
    "device_served_frames_per_second": (("device", "stream"), "What is served of it."),
    "device_objects": (("device", "stream"), "Objects in a frame, median of the newest window."),
    "device_frames_total": (("device", "stream"), "Frames served."),
    "device_frames_dropped_total": (("device", "stream"), "Frames not served in time."),
    "device_frames_rested_total": (
        ("device", "stream"),
        "Frames left out, as nothing moved and nobody was followed.",
    ),
    "device_energy_joules_total": (("device", "stream", "source"), "Energy of frames served."),
    "device_crossings_total": (
        ("device", "stream", "line", "direction", "class"),
        "Road users that crossed a counting line.",
    ),
}


class Families:
    """Families that samples are put into, in the order of their declaration."""

    def __init__(self) -> None:
        self._samples: dict[str, dict[tuple[str, ...], float]] = {}

    def add(self, name: str, value: float, *labels: str) -> None:
        """A sample with the values of the family's labels. One that is there already is replaced:
        texts that differ only in what is cut off are one series."""
        keys, _ = DECLARED[name]
        if len(keys) != len(labels):
            raise TypeError(f"{name} has the labels {keys}, not {labels}")
        key = tuple(label_value(value) for value in labels)
        self._samples.setdefault(name, {})[key] = value

    def collect(self) -> Iterable[Any]:
        """As Prometheus' library wants them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for name, (labels, text) in DECLARED.items():
            samples = self._samples.get(name)
            if not samples:
                continue
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = kind(PREFIX + name, text, labels=list(labels))
            for key, value in samples.items():
                family.add_metric(list(key), value)
            yield family


def label_value(text: str) -> str:
    """On one line, without what steers terminals, and not too long."""
    return one_line(text)[:MOST_LABEL]


def names_of() -> Mapping[str, Sequence[str]]:
    """Name of each metric as it is queried -> its labels."""
    return {PREFIX + name: labels for name, (labels, _) in DECLARED.items()}
