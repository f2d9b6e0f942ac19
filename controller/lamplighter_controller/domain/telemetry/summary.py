"""Windows of one device put together: sums, means with their extremes, counted latencies. Pure.

A summary is about one stretch of time under the same conditions: figures of two operating points,
regimes or sources of energy are never mixed, nor those of a deployment's own work with others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import msgspec
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.telemetry.conditions import Conditions, document_of
from lamplighter_controller.domain.telemetry.sketch import Sketch, added, sketch_of

MINUTES_S, HOUR_S = 300, 3600
MOST_COUNTED = 10**9  # of anything in a window
# What a figure is averaged over.
PER_FRAME, PER_SECOND, PER_WINDOW = "frames", "seconds", "windows"
# Stored in this order: add at the end.
MEASURED: Mapping[str, str] = {
    "fps_demand": PER_SECOND,
    "latency_p95_ms": PER_FRAME,
    "energy_mj_per_frame": PER_FRAME,
    "energy_rel_error": PER_FRAME,
    "power_w": PER_SECOND,
    "cpu_cores": PER_SECOND,
    "memory_bytes": PER_SECOND,
    "temperature_c": PER_SECOND,
    "brightness": PER_SECOND,
    "density": PER_FRAME,
    "motion": PER_SECOND,
    "reference_agreement_f1": PER_WINDOW,
    "median_confidence": PER_FRAME,
    "track_breaks_per_min": PER_SECOND,
    "count_imbalance": PER_SECOND,
    "response_p95_ms": PER_FRAME,
}
# Before the name of a task's own metric, among the figures.
METRIC = "metrics."
# Before movement and class of a pace (s/km, over vehicles), and before the name of a line or zone
# whose occupied time it is (share, over seconds).
PACE, OCCUPANCY = "pace.", "occupancy."
MOST_PACES, MOST_OCCUPANCIES = 256, 96
MOST_METRICS = 32  # of a window: more is no honest device's
Counts = Mapping[str, Mapping[str, int]]


class Spread(NamedTuple):
    """A figure's mean over its weight (frames, seconds or windows), its least and greatest."""

    weight: float
    mean: float
    low: float
    high: float


class ReceivedWindow(NamedTuple):
    """A window, under what it was measured, and when it came by our clock."""

    window: Telemetry
    conditions: Conditions
    received_at: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The windows that began within `resolution_s` of `start`, by the device's clock.

    Attributes:
        numbers: of its windows, so that none counts twice; empty in summaries of an hour.
        received_at: when the last of them came, by our clock.
        figures: by field of a window, for those of `MEASURED` that were measured; a task's own
            metrics by METRIC and their names, speeds by PACE, occupied time by OCCUPANCY.
    """

    device: str
    stream: str = ""
    resolution_s: int = MINUTES_S
    start: float
    conditions: Conditions
    received_at: float
    numbers: frozenset[int] = frozenset()
    windows: int
    seconds: float
    frames: int
    dropped: int
    latency: Sketch
    figures: Mapping[str, Spread]
    counts: Counts
    rested: int = 0


def stretch_of(start: float, resolution_s: int) -> float:
    """Where the stretch of time begins that a moment belongs to."""
    return start // resolution_s * resolution_s


def summaries_of(received: Iterable[ReceivedWindow]) -> list[Summary]:
    """Windows as summaries of five minutes."""
    groups: dict[tuple[object, ...], list[ReceivedWindow]] = {}
    for entry in received:
        window = entry.window
        place = window.device, window.stream, stretch_of(window.start, MINUTES_S)
        # Conditions are compared only once for many windows that have the same ones in hand.
        groups.setdefault((*place, id(entry.conditions)), []).append(entry)
    return together(_summary(group) for group in groups.values())


def together(summaries: Iterable[Summary]) -> list[Summary]:
    """One for each series, stretch of time and conditions, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[Summary]] = {}
    for summary in summaries:
        place = summary.device, summary.stream, summary.resolution_s, summary.start
        groups.setdefault((*place, document_of(summary.conditions)), []).append(summary)
    return [_merged(group) if len(group) > 1 else group[0] for group in groups.values()]


def widened(summary: Summary, resolution_s: int = HOUR_S) -> Summary:
    """The same as part of a longer stretch."""
    start = stretch_of(summary.start, resolution_s)
    return msgspec.structs.replace(
        summary, resolution_s=resolution_s, start=start, numbers=frozenset()
    )


def _summary(group: Sequence[ReceivedWindow]) -> Summary:
    windows = [entry.window for entry in group]
    first = windows[0]
    return Summary(
        device=first.device,
        stream=first.stream,
        start=stretch_of(first.start, MINUTES_S),
        conditions=group[0].conditions,
        received_at=max(entry.received_at for entry in group),
        numbers=frozenset(window.seq for window in windows),
        windows=len(windows),
        seconds=sum(window.seconds for window in windows),
        frames=sum(bounded(window.frames) for window in windows),
        dropped=sum(bounded(window.dropped) for window in windows),
        latency=added(map(_sketch, windows)),
        figures={**dict(_figures(windows)), **dict(street_figures(windows))},
        counts=added_counts(window.counts for window in windows),
        rested=sum(bounded(window.rested) for window in windows),
    )


def _sketch(window: Telemetry) -> Sketch:
    return sketch_of(
        bounded(window.frames), window.latency_p50_ms, window.latency_p95_ms, window.latency_p99_ms
    )


def bounded(count: int) -> int:
    """What may honestly have been counted in a window: sums of these fit into 64 bits."""
    return max(0, min(count, MOST_COUNTED))


def _figures(windows: Sequence[Telemetry]) -> Iterator[tuple[str, Spread]]:
    weights: dict[str, list[float]] = {
        PER_FRAME: [window.frames for window in windows],
        PER_SECOND: [window.seconds for window in windows],
        PER_WINDOW: [1] * len(windows),
    }
    for name, per in MEASURED.items():
        values = map(attrgetter(name), windows)
        weighed = zip(weights[per], values, strict=True)
        pairs = [(w, v) for w, v in weighed if w > 0 and v is not None]
        if pairs:
            yield name, _spread(pairs)
    for name in sorted({name for w in windows for name in list(w.metrics)[:MOST_METRICS]}):
        told = [(w.frames, w.metrics[name]) for w in windows if w.frames > 0 and name in w.metrics]
        if told:
            yield METRIC + name, _spread(told)


def street_figures(windows: Sequence[Telemetry]) -> Iterator[tuple[str, Spread]]:
    """Speeds and occupied time, of those windows that have measured some."""
    paces: dict[str, list[tuple[float, float]]] = {}
    occupied: dict[str, list[tuple[float, float]]] = {}
    for window in windows:
        for movement, by_class in window.paces.items():
            for kind, pace in by_class.items():
                if pace.count > 0 and pace.s_per_km > 0:
                    told = bounded(pace.count), pace.s_per_km
                    paces.setdefault(f"{PACE}{movement}/{kind}", []).append(told)
        for name, share in window.occupancy.items():
            if window.seconds > 0 and 0.0 <= share <= 1.0:
                occupied.setdefault(OCCUPANCY + name, []).append((window.seconds, share))
    for figures, most in ((paces, MOST_PACES), (occupied, MOST_OCCUPANCIES)):
        for name in sorted(figures)[:most]:
            yield name, _spread(figures[name])


def _spread(pairs: Sequence[tuple[float, float]]) -> Spread:
    """Of weights and values."""
    weight = sum(w for w, _ in pairs)
    values = [v for _, v in pairs]
    return Spread(weight, sum(w * v for w, v in pairs) / weight, min(values), max(values))


def _merged(group: Sequence[Summary]) -> Summary:
    return msgspec.structs.replace(
        group[0],
        received_at=max(summary.received_at for summary in group),
        numbers=frozenset().union(*(summary.numbers for summary in group)),
        windows=sum(summary.windows for summary in group),
        seconds=sum(summary.seconds for summary in group),
        frames=sum(summary.frames for summary in group),
        dropped=sum(summary.dropped for summary in group),
        latency=added(summary.latency for summary in group),
        figures=_merged_figures([summary.figures for summary in group]),
        counts=added_counts(summary.counts for summary in group),
        rested=sum(summary.rested for summary in group),
    )


def _merged_figures(group: Sequence[Mapping[str, Spread]]) -> dict[str, Spread]:
    spreads: dict[str, list[Spread]] = {}
    for figures in group:
        for name, spread in figures.items():
            spreads.setdefault(name, []).append(spread)
    return {name: _merged_spread(several) for name, several in spreads.items()}


def _merged_spread(spreads: Sequence[Spread]) -> Spread:
    weight, mean, _, _ = _spread([(spread.weight, spread.mean) for spread in spreads])
    return Spread(weight, mean, min(s.low for s in spreads), max(s.high for s in spreads))


def added_counts(several: Iterable[Counts]) -> dict[str, dict[str, int]]:
    """Counts by movement and class, put together."""
    counts: dict[str, dict[str, int]] = {}
    for by_line in several:
        for line, by_class in by_line.items():
            there = counts.setdefault(line, {})
            for kind, count in by_class.items():
                there[kind] = there.get(kind, 0) + bounded(count)
    return counts
