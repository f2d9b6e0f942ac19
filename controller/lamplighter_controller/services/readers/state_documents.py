"""What readers are told of a device: its state, and for Home Assistant how to show it. Pure.

Home Assistant evaluates templates in what it is told, and a device names its lines and classes
itself: none of its words ever stands in a template, only in names, which are plain text.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from lamplighter_wire import __version__
from lamplighter_wire.words.printable import one_line

from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.link.access.access_rules import DISCOVERY_ROOT, READ_ROOT
from lamplighter_controller.services.metrics.window_totals import Crossing, StreamTotals
from lamplighter_controller.store.records import DeviceRecord

MOST_COUNTS, MOST_NAME, MOST_NOTICES = 64, 60, 8
FRESH_S = 300.0
Sums = Mapping[str, StreamTotals]


def state_topic(device: str) -> str:
    """Where a device's state is read."""
    return f"{READ_ROOT}/{device}/state"


def discovery_topic(device: str) -> str:
    """Where Home Assistant finds a device."""
    return f"{DISCOVERY_ROOT}/device/lamplighter_{device}/config"


def state_of(
    record: DeviceRecord, notices: Iterable[Notice], sums: Sums, now: float
) -> dict[str, Any]:
    """A device as it is; figures of its newest window only while that is fresh."""
    window, serving = record.newest_window, record.reported.serving if record.reported else None
    is_fresh = record.online and window is not None and now - record.newest_window_at < FRESH_S
    wrong = list(notices)[:MOST_NOTICES]
    state: dict[str, Any] = {
        "device": record.id,
        "site": record.site,
        "online": record.online,
        "serving": serving.variant if serving else "",
        "attention": [{"kind": n.kind, "severity": n.severity, "text": n.text} for n in wrong],
        "counts": {_key(place): number for place, number in _counts(sums).items()},
        "names": {_key(place): _name(place) for place in _counts(sums)},
    }
    if is_fresh and window is not None:
        state |= {
            "regime": str(window.regime),
            "fps": round(window.fps_served, 2),
            "latency_p95_ms": round(window.latency_p95_ms, 2),
            "energy_mj_per_frame": round(window.energy_mj_per_frame, 2),
            "energy_source": window.energy_source,
            "power_w": round(window.power_w, 2),
        }
    return state


def discovery_of(record: DeviceRecord, sums: Sums) -> dict[str, Any]:
    """As Home Assistant's MQTT discovery wants a device with all its entities."""
    facts = record.capabilities
    return {
        "dev": {
            "ids": [f"lamplighter_{record.id}"],
            "name": record.id,
            "mf": "Lamplighter",
            "mdl": facts.machine if facts else "",
            "sw": record.agent_version,
        },
        "o": {"name": "lamplighter", "sw": __version__},
        "stat_t": state_topic(record.id),
        "cmps": _entities(record.id) | _count_entities(record.id, sums),
    }


def _entities(device: str) -> dict[str, Any]:
    return {
        "online": {
            "p": "binary_sensor",
            "name": "Online",
            "uniq_id": f"lamplighter_{device}_online",
            "dev_cla": "connectivity",
            "val_tpl": "{{ 'ON' if value_json.online else 'OFF' }}",
        },
        "attention": {
            "p": "binary_sensor",
            "name": "Needs attention",
            "uniq_id": f"lamplighter_{device}_attention",
            "dev_cla": "problem",
            "val_tpl": "{{ 'ON' if value_json.attention else 'OFF' }}",
        },
        "serving": _sensor(device, "serving", "Serving"),
        "regime": _sensor(device, "regime", "Regime"),
        "fps": _sensor(device, "fps", "Frames per second", unit="fps"),
        "latency": _sensor(device, "latency_p95_ms", "Latency", unit="ms", kind="duration"),
        "power": _sensor(device, "power_w", "Power", unit="W", kind="power"),
    }


def _sensor(
    device: str, field: str, name: str, *, unit: str = "", kind: str = ""
) -> dict[str, Any]:
    sensor = {
        "p": "sensor",
        "name": name,
        "uniq_id": f"lamplighter_{device}_{field}",
        "val_tpl": f"{{{{ value_json.{field} | default(none) }}}}",
    }
    return (
        sensor
        | ({"unit_of_meas": unit, "stat_cla": "measurement"} if unit else {})
        | ({"dev_cla": kind} if kind else {})
    )


def _count_entities(device: str, sums: Sums) -> dict[str, Any]:
    return {
        _key(place): {
            "p": "sensor",
            "name": _name(place),
            "uniq_id": f"lamplighter_{device}_{_key(place)}",
            "stat_cla": "total_increasing",
            "val_tpl": f"{{{{ value_json.counts.{_key(place)} }}}}",
        }
        for place in _counts(sums)
    }


def _counts(sums: Sums) -> dict[tuple[str, *Crossing], int]:
    """By stream, line, direction and class; no more than a reader can show."""
    counted = {
        (stream, *crossing): number
        for stream, totals in sorted(sums.items())
        for crossing, number in sorted(totals.crossings.items())
    }
    return dict(list(counted.items())[:MOST_COUNTS])


def _key(place: tuple[str, ...]) -> str:
    """Letters and digits only, always the same for a place."""
    return "c" + hashlib.sha256("\0".join(place).encode()).hexdigest()[:12]


def _name(place: tuple[str, ...]) -> str:
    return one_line(" ".join(filter(None, place)))[:MOST_NAME]
