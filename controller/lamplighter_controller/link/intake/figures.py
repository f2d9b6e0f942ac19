"""Figures of a device are finite and possible before anything is computed with them.

A figure that cannot be counts as not measured: it takes the default of its field, and the rest of
the message is kept. Numbers and times that a message is known by are not ours to change: where one
of these cannot be, the whole message is refused.
"""

import math
from typing import Any, TypeVar

import msgspec

M = TypeVar("M", bound=msgspec.Struct)

# What every program that reads JSON holds without rounding.
MOST_WHOLE = 2**53 - 1
MOST_FREE = 1e12
# Wall clocks in seconds: a device without one begins in 1970; the year 5138 is the other end.
TIMES = (-86_400.0, 1e11)
# By the end of a field's name, which states its unit.
RANGES: tuple[tuple[str, float, float], ...] = (
    ("_ms", 0.0, 1e7),
    ("seconds", 0.0, 1e7),
    ("_s", 0.0, 1e7),
    ("_bytes", 0, 2**50),
    ("_w", 0.0, 1e6),
    ("_w_per_core", 0.0, 1e4),
    ("_mj_per_frame", 0.0, 1e9),
    ("_mmac", 0.0, 1e9),
    ("_c", -100.0, 1000.0),
    ("_f1", -1.0, 1.0),
    ("fps", 0.0, 1e4),
    ("fps_demand", 0.0, 1e4),
    ("fps_served", 0.0, 1e4),
    ("cores", 0.0, 1e5),
    ("threads", 0, 10_000),
    ("width", 0, 100_000),
    ("height", 0, 100_000),
    ("brightness", 0.0, 1.0),
    ("confidence", 0.0, 1.0),
    ("ratio", 0.0, 1e6),
    ("rel_error", 0.0, 1e3),
)
SIGNED = frozenset({"count_imbalance", "ratio_low", "ratio_high"})
IDENTITY = frozenset({"seq", "epoch", "revision", "highest_revision", "refused_revision"})
WHEN = frozenset({"at", "start", "began_at"})
# Shorter than any clock tells apart; dividing by it gives nothing sensible.
LEAST = 1e-6


class FigureError(ValueError):
    """A number or time that the message is known by cannot be."""


def without_impossible(message: M) -> tuple[M, list[str]]:
    """The message with what cannot be left at its default, and the fields that it was in.

    Raises:
        FigureError: the whole message is of no use.
    """
    flaws: list[str] = []
    return _cleaned(message, flaws), flaws


def _cleaned(struct: M, flaws: list[str]) -> M:
    changes: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        kind = value.__class__
        if kind is float or kind is int:
            # What a field has where nothing is told, as -1, is no fault of a device.
            if not _is_possible(name, value) and value != (told := _default(struct, name)):
                flaws.append(name)
                changes[name] = told
        elif kind is not str and kind is not bytes and value is not None and value is not True:
            cleaned = _cleaned_within(name, value, flaws)
            if cleaned is not value:
                changes[name] = cleaned
    return msgspec.structs.replace(struct, **changes) if changes else struct


def _cleaned_within(name: str, value: Any, flaws: list[str]) -> Any:
    """The same of a field that holds more than one value."""
    if isinstance(value, msgspec.Struct):
        return _cleaned(value, flaws)
    before = len(flaws)
    if isinstance(value, dict):
        entries = {key: _entry(name, entry, flaws) for key, entry in value.items()}
        if len(flaws) > before:
            return {key: entry for key, entry in entries.items() if entry is not None}
    elif isinstance(value, list | tuple):
        members = [_entry(name, entry, flaws) for entry in value]
        if len(flaws) > before:
            return type(value)(0 if member is None else member for member in members)
    return value


def _entry(name: str, value: Any, flaws: list[str]) -> Any:
    """An entry of a table or list; None where it cannot be."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int | float):
        if math.isfinite(value) and abs(value) <= MOST_FREE * 1000:
            return value
        flaws.append(name)
        return None
    return _cleaned_within(name, value, flaws)


def _default(struct: msgspec.Struct, name: str) -> Any:
    if name in IDENTITY or name in WHEN:
        raise FigureError(f"{name} cannot be {str(getattr(struct, name))[:40]}")
    return next(f.default for f in msgspec.structs.fields(struct) if f.name == name)


def _is_possible(name: str, value: float) -> bool:
    bounds = _BOUNDS.get(name)
    if bounds is None:
        bounds = _BOUNDS[name] = _bounds(name)
    low, high = bounds
    return low <= value <= high and not (0.0 < value < LEAST)  # NaN is in no range


def _bounds(name: str) -> tuple[float, float]:
    if name in IDENTITY:
        return 0, MOST_WHOLE
    if name in WHEN or name.endswith("_at"):
        return TIMES
    if name in SIGNED:
        return -MOST_FREE, MOST_FREE
    ranges = [(low, high) for ending, low, high in RANGES if name.endswith(ending)]
    return ranges[-1] if ranges else (0, MOST_FREE)


_BOUNDS: dict[str, tuple[float, float]] = {}
