"""Windows and summaries as few bytes: values without their names, in an order that never changes.

What a window has beside the values named here travels with its name, so that a field that is new
on the wire is kept without a change of the database.
"""

import struct
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import msgspec
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.telemetry.conditions import Conditions
from lamplighter_controller.domain.telemetry.sketch import Sketch
from lamplighter_controller.domain.telemetry.summary import MEASURED, Spread, Summary

# Stored in this order: add at the end.
VALUES = (
    "seconds",
    "frames",
    "dropped",
    "fps_demand",
    "fps_served",
    "latency_p50_ms",
    "latency_p95_ms",
    "latency_p99_ms",
    "energy_mj_per_frame",
    "energy_rel_error",
    "power_w",
    "cpu_cores",
    "memory_bytes",
    "temperature_c",
    "brightness",
    "density",
    "motion",
    "reference_agreement_f1",
    "median_confidence",
    "track_breaks_per_min",
    "count_imbalance",
    "counts",
    "response_p95_ms",
)
KEY = ("device", "stream", "start", "seq")
_ELSEWHERE = {*VALUES, *KEY, *Conditions.__struct_fields__}
_values = attrgetter(*VALUES)
# Names and defaults of what else there is.
_MORE = {
    name: getattr(Telemetry(), name)
    for name in Telemetry.__struct_fields__
    if name not in _ELSEWHERE
}
_EMPTY = Spread(0.0, 0.0, 0.0, 0.0)
MOST = 2**63 - 1
MOST_SINGLE = 3.4e38
_FIGURE = struct.Struct("<4f")  # single precision: more digits than any sensor has


class _Summary(msgspec.Struct, frozen=True, array_like=True):
    """A summary's values: `numbers` as steps from one to the next, `figures` as those of
    `MEASURED` in their order, `more` of others by name."""

    windows: int
    seconds: float
    frames: int
    dropped: int
    numbers: list[int]
    latency: Sketch
    figures: bytes
    more: dict[str, Spread]
    counts: dict[str, dict[str, int]]
    rested: int = 0


def pack_window(window: Telemetry) -> bytes:
    """All of a window but its key and conditions; nothing is rounded."""
    more = {name: value for name in _MORE if (value := getattr(window, name)) != _MORE[name]}
    return _packed([more, *map(_short, _values(window))])


def unpack_window(raw: bytes, key: Mapping[str, Any], conditions: Conditions) -> Telemetry:
    """The window that was packed."""
    more, *values = msgspec.msgpack.decode(raw)
    fields = {**key, **dict(zip(VALUES, values, strict=False)), **more}
    conditions_fields = {n: getattr(conditions, n) for n in Conditions.__struct_fields__}
    return msgspec.convert({**fields, **conditions_fields}, Telemetry)


def pack_summary(summary: Summary) -> bytes:
    """All of a summary but its key, conditions and time of receipt."""
    numbers = sorted(summary.numbers)
    steps = [b - a for a, b in zip([0, *numbers], numbers, strict=False)]
    figures = (summary.figures.get(name, _EMPTY) for name in MEASURED)
    packed = _Summary(
        windows=summary.windows,
        seconds=summary.seconds,
        frames=summary.frames,
        dropped=summary.dropped,
        numbers=steps,
        latency=summary.latency,
        figures=b"".join(_FIGURE.pack(*map(_single, spread)) for spread in figures),
        more={name: s for name, s in summary.figures.items() if name not in MEASURED},
        counts={line: dict(by_class) for line, by_class in summary.counts.items()},
        rested=summary.rested,
    )
    return _packed(packed)


def unpack_summary(raw: bytes, key: Mapping[str, Any], conditions: Conditions) -> Summary:
    """The summary that was packed; `key` with its time of receipt."""
    packed = msgspec.msgpack.decode(raw, type=_Summary)
    spreads = (Spread(*values) for values in _FIGURE.iter_unpack(packed.figures))
    figures = {name: s for name, s in zip(MEASURED, spreads, strict=False) if s.weight}
    numbers, number = set(), 0
    for step in packed.numbers:
        number += step
        numbers.add(number)
    return Summary(
        **key,
        conditions=conditions,
        numbers=frozenset(numbers),
        windows=packed.windows,
        seconds=packed.seconds,
        frames=packed.frames,
        dropped=packed.dropped,
        latency=packed.latency,
        figures=figures | packed.more,
        counts=packed.counts,
        rested=packed.rested,
    )


def _packed(value: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except OverflowError:  # JSON knows numbers of any length; no honest device sends such
        return msgspec.msgpack.encode(_bounded(msgspec.to_builtins(value, builtin_types=(bytes,))))


def _bounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(entry) for entry in value]
    return max(-MOST, min(value, MOST)) if isinstance(value, int) else value


def _short(value: Any) -> Any:
    """A whole number takes fewer bytes than a fraction."""
    if value.__class__ is float and value.is_integer() and -MOST < value < MOST:
        return int(value)
    return value


def _single(value: float) -> float:
    """What single precision can hold."""
    return max(-MOST_SINGLE, min(value, MOST_SINGLE))
