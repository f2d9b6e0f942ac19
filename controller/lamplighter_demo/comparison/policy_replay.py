"""What other policies would have done on the same day, from one run's measured tables.

A replay, not a second run: each policy is charged the latency and energy measured on that device
for the points it picks, the accuracy measured on that phase's labelled frames (every tenth), and
the frame rate the street demanded. Frames are lost when the median latency cannot keep up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lamplighter_controller.domain.operating_points import EPSILON
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_wire.enums import Precision
from lamplighter_wire.messages import Limits, Prediction
from lamplighter_wire.rules.limits import capped_fps, violations

from lamplighter_demo.comparison.count_assumptions import CountedDay
from lamplighter_demo.comparison.figures import Figures, more_energy, total, word

POLICIES = ("adaptive", "ladder_only", "best_fixed_per_device", "fixed_fp32", "fixed_int8")


@dataclass(frozen=True)
class TimelineRow:
    """A stretch of a device's day: what the street was and asked for. Times in seconds."""

    at: float
    seconds: float
    phase: str
    regime: str
    fps_demand: float


@dataclass(frozen=True)
class MeasuredPoint:
    """One operating point as measured on one device.

    `ap50` is measured per phase. `expected_ap50` per regime is what the catalogue promised: the
    ladder policy picks by it, because a device cannot know more; without it, by what was measured.
    """

    variant: str
    size: str  # "384x288"
    precision: str
    latency_p50_ms: float
    latency_p95_ms: float
    energy_mj_per_frame: float
    ap50: Mapping[str, float] = field(default_factory=dict)
    expected_ap50: Mapping[str, float] = field(default_factory=dict)
    memory_bytes: int = 0
    recipe: str = ""
    fps_cap: float = 0.0  # the plan's cap on the frame rate; 0: none

    @property
    def key(self) -> str:
        """ "variant@384x288"."""
        return f"{self.variant}@{self.size}"


class ServedPoint(NamedTuple):
    """What a device served from a time on, with the plan's cap on its frame rate (0: none)."""

    at: float
    key: str
    fps_cap: float = 0.0


@dataclass(frozen=True)
class DeviceTable:
    """Everything needed to replay one device.

    Attributes:
        adaptive: what it really served.
        ladder: keys of its first ladder; the first of them is its first primary.
        fp32_key, int8_key: points of the fixed policies; empty: the most work of that precision.
        for_counts: its plans bound the frame rate as counts want it: what is beyond is not lost.
        expected_count_error: of its plans, by the frames served under each; None: nothing known.
    """

    device: str
    rows: tuple[TimelineRow, ...]
    points: tuple[MeasuredPoint, ...]
    adaptive: tuple[ServedPoint, ...]
    ladder: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    idle_w: float = 0.0
    fp32_key: str = ""
    int8_key: str = ""
    for_counts: bool = False
    expected_count_error: float | None = None

    def point(self, key: str) -> MeasuredPoint:
        """The measured point of a key.

        Raises:
            ValueError: it was never measured on this device.
        """
        for point in self.points:
            if point.key == key:
                return point
        raise ValueError(f"{self.device}: {key} was served but never measured; measure it first")


@dataclass(frozen=True)
class Comparison:
    """All policies over all devices, per device, and what follows in words."""

    policies: Mapping[str, Figures]
    per_device: Mapping[str, Mapping[str, Figures]]
    best_fixed: Mapping[str, str]  # device -> key, chosen in hindsight
    verdict: tuple[str, ...]
    verdict_by_counts: tuple[str, ...] = ()  # the same by counts and energy above idle
    counted_days: Mapping[str, CountedDay] = field(default_factory=dict)  # by device
    ladder_delay_s: float = 0.0  # what `ladder_only` is charged to notice a change

    def as_dict(self) -> dict[str, Any]:
        """The `comparison` of a report: one entry per policy, then details."""
        return {
            **{name: figures.as_dict() for name, figures in self.policies.items()},
            "method": "replay of this run's measured latencies, accuracy on every tenth frame",
            "per_device": {
                device: {name: f.as_dict() for name, f in table.items()}
                for device, table in self.per_device.items()
            },
            "best_fixed": dict(self.best_fixed),
            "ladder_delay_s": self.ladder_delay_s,
            "verdict": list(self.verdict),
            "verdict_by_counts": list(self.verdict_by_counts),
        }


Picker = Callable[[TimelineRow], MeasuredPoint]
Worth = Callable[[MeasuredPoint, TimelineRow], float]


def compare(tables: Sequence[DeviceTable], ladder_delay_s: float = 0.0) -> Comparison:
    """Replay all policies. `ladder_delay_s`: from a change of regime to the step of the ladder.

    A policy is left out of a device's table where nothing measured stands for it.

    Raises:
        ValueError: a point that was served has no measurement.
    """
    best: dict[str, str] = {}
    per_device: dict[str, dict[str, Figures]] = {}
    for table in tables:
        hindsight = best_fixed(table)
        best[table.device] = hindsight.key if hindsight else ""
        per_device[table.device] = {
            name: run(table, pick) for name, pick in pickers(table, hindsight, ladder_delay_s)
        }
    policies = {
        name: total([device[name] for device in per_device.values() if name in device])
        for name in POLICIES
        if any(name in device for device in per_device.values())
    }
    beside = "; plans were made for counts" if any(table.for_counts for table in tables) else ""
    verdict = tuple(f"{line}{beside}" for line in _verdict(per_device, best))
    return Comparison(policies, per_device, best, verdict, ladder_delay_s=ladder_delay_s)


def pickers(
    table: DeviceTable, hindsight: MeasuredPoint | None, delay_s: float
) -> Iterable[tuple[str, Picker]]:
    """Policies by name, each as what it serves in a stretch of a device's day."""
    if table.adaptive:
        yield "adaptive", _adaptive(table)
    if table.ladder:
        yield "ladder_only", _ladder(table, delay_s)
    fixed = {
        "best_fixed_per_device": hindsight,
        "fixed_fp32": _of_precision(table, table.fp32_key, Precision.FP32),
        "fixed_int8": _of_precision(table, table.int8_key, Precision.INT8),
    }
    for name, point in fixed.items():
        if point is not None:
            yield name, _fixed(point)


def _fixed(point: MeasuredPoint) -> Picker:
    return lambda _row: point


def _adaptive(table: DeviceTable) -> Picker:
    """What really served; before the first entry, the first one."""
    sequence = sorted(table.adaptive)

    def pick(row: TimelineRow) -> MeasuredPoint:
        before = [served for served in sequence if served.at <= row.at + EPSILON]
        now = before[-1] if before else sequence[0]
        return replace(table.point(now.key), fps_cap=now.fps_cap)

    return pick


def _ladder(table: DeviceTable, delay_s: float) -> Picker:
    """The first ladder only: its best rung for the regime and demand known `delay_s` ago."""
    rungs = [table.point(key) for key in table.ladder]
    rows = sorted(table.rows, key=lambda r: r.at)

    def pick(row: TimelineRow) -> MeasuredPoint:
        noticed = [r for r in rows if r.at <= row.at - delay_s + EPSILON]
        return best_of(rungs, noticed[-1] if noticed else rows[0], table, promised)

    return pick


def promised(point: MeasuredPoint, row: TimelineRow) -> float:
    """AP50 that the catalogue expects in a stretch; without it, what was measured."""
    return point.expected_ap50.get(row.regime, point.ap50.get(row.phase, 0.0))


def best_of(
    points: Sequence[MeasuredPoint],
    row: TimelineRow,
    table: DeviceTable,
    worth: Worth,
    room: float = 1.0,
) -> MeasuredPoint:
    """The choice rule in a stretch; when all points break a limit, the one that breaks it least.

    Args:
        worth: what is maximised.
        room: times the demand at which limits should hold as well, where a point does that.
    """
    broken = {p.key: _broken(p, row.fps_demand, table) for p in points}
    able = [p for p in points if broken[p.key] <= 0]
    if not able:
        return min(points, key=lambda p: (broken[p.key], p.key))
    able = [p for p in able if _broken(p, room * row.fps_demand, table) <= 0] or able
    values = {p.key: worth(p, row) for p in able}
    top = max(values.values())
    equal = [p for p in able if values[p.key] >= top - DEFAULTS.equal_accuracy - EPSILON]
    return min(equal, key=lambda p: (p.energy_mj_per_frame, p.key))


def _of_precision(table: DeviceTable, key: str, precision: Precision) -> MeasuredPoint | None:
    if key:
        return table.point(key)
    pool = [p for p in _complete(table) if p.precision == precision]
    return max(pool, key=lambda p: (p.latency_p50_ms, p.key)) if pool else None


def _complete(table: DeviceTable) -> list[MeasuredPoint]:
    """Points whose accuracy is known in every phase of the day: fixed policies need that."""
    phases = {row.phase for row in table.rows}
    return [p for p in table.points if phases <= set(p.ap50)]


def best_fixed(table: DeviceTable) -> MeasuredPoint | None:
    """The best single point in hindsight: least breach, then accuracy delivered, then energy."""
    results = [(p, run(table, _fixed(p))) for p in _complete(table)]
    if not results:
        return None
    least = min(f.breach_s for _, f in results)
    calm = [(p, f) for p, f in results if f.breach_s <= least + EPSILON]
    top = max(f.accuracy_delivered for _, f in calm)
    equal = [(p, f) for p, f in calm if f.accuracy_delivered >= top - DEFAULTS.equal_accuracy]
    return min(equal, key=lambda pf: (pf[1].energy_j, pf[0].key))[0]


def _broken(point: MeasuredPoint, fps: float, table: DeviceTable) -> float:
    """Worst share over a hard limit at the rate asked for; 0 when all hold."""
    figures = Prediction(
        latency_p95_ms=point.latency_p95_ms,
        energy_mj_per_frame=point.energy_mj_per_frame,
        memory_bytes=point.memory_bytes,
    )
    due_fps = capped_fps(fps, point.fps_cap)
    return max(violations(figures, table.limits, due_fps, table.idle_w).values(), default=0.0)


def rate_of(point: MeasuredPoint, row: TimelineRow) -> float:
    """Frames a second that a point serves of what is asked for."""
    rate = min(row.fps_demand, 1000.0 / max(point.latency_p50_ms, EPSILON))
    return min(rate, point.fps_cap) if point.fps_cap > 0 else rate


def _wanted_fps(table: DeviceTable, point: MeasuredPoint, row: TimelineRow) -> float:
    """Frames a second that are lost where they are not served."""
    return capped_fps(row.fps_demand, point.fps_cap) if table.for_counts else row.fps_demand


def run(table: DeviceTable, pick: Picker) -> Figures:
    """One policy over one device's day."""
    demanded = served = scored = idle_j = above_j = breach_s = 0.0
    breaches, was_broken = 0, False
    for row in sorted(table.rows, key=lambda r: r.at):
        point = pick(row)
        frames = rate_of(point, row) * row.seconds
        demanded += _wanted_fps(table, point, row) * row.seconds
        served += frames
        scored += frames * point.ap50.get(row.phase, 0.0)
        idle_j += table.idle_w * row.seconds
        above_j += frames * point.energy_mj_per_frame / 1000.0
        broken = _broken(point, row.fps_demand, table) > 0
        breach_s += row.seconds if broken else 0.0
        breaches += broken and not was_broken
        was_broken = broken
    return Figures(
        accuracy=scored / served if served else 0.0,
        accuracy_delivered=scored / demanded if demanded else 0.0,
        frames_demanded=demanded,
        frames_served=served,
        frames_dropped=max(0.0, demanded - served),
        breach_s=breach_s,
        breaches=breaches,
        energy_j=idle_j + above_j,
        energy_above_idle_j=above_j,
    )


def _verdict(
    per_device: Mapping[str, Mapping[str, Figures]], best: Mapping[str, str]
) -> Iterable[str]:
    """One sentence per device: adaptive against the best fixed choice, losses included."""
    for device, table in sorted(per_device.items()):
        if "adaptive" not in table or "best_fixed_per_device" not in table:
            yield f"{device}: not comparable, measurements are missing"
            continue
        ours, fixed = table["adaptive"], table["best_fixed_per_device"]
        points = 100 * (ours.accuracy_delivered - fixed.accuracy_delivered)
        yield (
            f"{device}: adaptive {word(ours, fixed)} the best fixed choice ({best[device]}): "
            f"{points:+.1f} points, {100 * more_energy(ours, fixed):+.0f} % energy above idle, "
            f"{ours.breach_s - fixed.breach_s:+.0f} s of breach"
        )
