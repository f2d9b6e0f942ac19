"""What each policy would have counted and found on the day: every frame that it serves, replayed.

Boxes of the points that policies serve are computed on the frames that they serve, taken as a
device takes them for the objective, followed and counted by the agent's own program, and compared
with truth.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from lamplighter_recipes.tasks.detection.average_precision import Boxes, Tally, match, tally
from lamplighter_recipes.tasks.resampling import interval, paired_gain
from lamplighter_scenes.clips import load_truth
from lamplighter_wire.street.counting_boxes import MOST_OVERLAP, counting_score
from lamplighter_wire.tasks.detection import DEFAULT_THRESHOLD, nms

from lamplighter_demo.city.footage import Timeline
from lamplighter_demo.comparison.count_assumptions import CountedDay, counted_day
from lamplighter_demo.comparison.detections import ClipPoint, Detections, Told, Wanted
from lamplighter_demo.comparison.device_counts import DeviceCounts
from lamplighter_demo.comparison.figures import Chance, Figures, total, verdicts_by_counts
from lamplighter_demo.comparison.models import Model
from lamplighter_demo.comparison.policy_replay import (
    Comparison,
    DeviceTable,
    Picker,
    best_fixed,
    pickers,
    rate_of,
)
from lamplighter_demo.comparison.scoring import truth_boxes

# In floating point the full network takes minutes to be run on every frame of the day.
LEFT_OUT = ("fixed_fp32",)


class ShownFrame(NamedTuple):
    """A frame that a policy serves: which of its phase's clip, in which regime, by which point."""

    phase: str
    number: int
    regime: str
    key: str


class Movement(NamedTuple):
    """A line and direction in a clip: true crossings, and how many too much or too few counted."""

    true: int
    off: int


@dataclass(frozen=True)
class Footage:
    """Clips and when they are on. `fps` is the clips' own."""

    clips: Path
    line: Timeline
    fps: float = 12.5

    def clip(self, camera: str, phase: str) -> Path:
        """A camera's clip of a phase."""
        return self.clips / f"{camera}-{phase}.mp4"

    def frames_shown(self, phase: str) -> int:
        """How many frames of a phase's clip the day shows."""
        seconds = next(s.end - s.start for s in self.line.stretches if s.phase.name == phase)
        return round(seconds * self.fps)


def served_frames(table: DeviceTable, pick: Picker, footage: Footage) -> list[ShownFrame]:
    """All frames that a policy serves, in order of time: as many as are asked for and it keeps up
    with."""
    begins = {s.phase.name: s.start for s in footage.line.stretches}
    shown: dict[tuple[str, int], ShownFrame] = {}
    due = 0.0
    for row in sorted(table.rows, key=lambda row: row.at):
        point = pick(row)
        step = 1.0 / max(rate_of(point, row), 1e-6)
        due = max(due, row.at)
        while due < row.at + row.seconds:
            number = round((due - begins[row.phase]) * footage.fps)
            if 0 <= number < footage.frames_shown(row.phase):
                frame = ShownFrame(row.phase, number, row.regime, point.key)
                shown.setdefault((row.phase, number), frame)
            due += step
    return list(shown.values())


def with_counts(
    compared: Comparison,
    tables: Sequence[DeviceTable],
    cameras: Mapping[str, str],
    models: Sequence[Model],
    detections: Detections,
    footage: Footage,
    folder: Path,
    for_counts: bool,
    told: Told,
) -> Comparison:
    """The comparison with counts and F1 of each policy but those left out.

    Args:
        cameras: of each device.
        detections: what the models find; what is missing is computed.
        folder: for what is written meanwhile.
        for_counts: boxes are taken as devices do that plan for counts.
        told: how far the boxes are computed.
    """
    frames = {
        (table.device, name): served_frames(table, pick, footage)
        for table in tables
        for name, pick in pickers(table, best_fixed(table), compared.ladder_delay_s)
        if name not in LEFT_OUT
    }
    shown = ((cameras[device], all_) for (device, _), all_ in frames.items())
    detections.add(wanted_of(shown, footage), told)
    taken = _taken(models, for_counts)
    per_device: dict[str, dict[str, Figures]] = {d: dict(t) for d, t in compared.per_device.items()}
    movements: dict[str, dict[str, list[Movement]]] = {}
    with DeviceCounts(folder) as device:
        for (name, policy), served in frames.items():
            outcome = _outcome(served, cameras[name], detections, taken, footage, device)
            per_device[name][policy] = replace(per_device[name][policy], **outcome.figures)
            movements.setdefault(name, {})[policy] = outcome.movements
    policies = {
        name: total([one[name] for one in per_device.values() if name in one])
        for name in compared.policies
    }
    expected = {table.device: table.expected_count_error for table in tables}
    chance = chances(movements)
    return replace(
        compared,
        per_device=per_device,
        policies=policies,
        verdict_by_counts=tuple(verdicts_by_counts(per_device, chance, expected)),
        counted_days=_counted_days(per_device, movements, expected, chance),
    )


def _counted_days(
    per_device: Mapping[str, Mapping[str, Figures]],
    movements: Mapping[str, Mapping[str, Sequence[Movement]]],
    expected: Mapping[str, float | None],
    chance: Mapping[str, Chance],
) -> dict[str, CountedDay]:
    days = {}
    for device in chance:
        ours, fixed = (per_device[device][name] for name in ("adaptive", "best_fixed_per_device"))
        found = interval(movements[device]["adaptive"], _error)
        day = counted_day(ours, fixed, expected[device], found, chance[device])
        if day is not None:
            days[device] = day
    return days


def wanted_of(shown: Iterable[tuple[str, Sequence[ShownFrame]]], footage: Footage) -> Wanted:
    """What has to be detected of frames that policies serve, each with its camera: once, however
    many policies and devices serve the same frame by the same point."""
    wanted: dict[ClipPoint, set[int]] = {}
    for camera, frames in shown:
        for frame in frames:
            point = ClipPoint(footage.clip(camera, frame.phase), frame.key)
            wanted.setdefault(point, set()).add(frame.number)
    return wanted


Taken = Callable[[Boxes, str, str], Boxes]  # of a frame's boxes, by a point's key and regime


def _taken(models: Sequence[Model], for_counts: bool) -> Taken:
    """Boxes that are taken for road users."""
    thresholds = {model.key(w, h): model.thresholds for model in models for w, h in model.sizes}

    def take(found: Boxes, key: str, regime: str) -> Boxes:
        of_point = thresholds[key]
        if for_counts:
            least = counting_score(of_point, regime, DEFAULT_THRESHOLD)
            return nms(found[found[:, 4] >= least], MOST_OVERLAP)
        least = of_point.get(regime, of_point.get("", DEFAULT_THRESHOLD))
        return found[found[:, 4] >= least]

    return take


class Outcome(NamedTuple):
    """A policy's day: figures by name, and all movements of all clips, zero or not."""

    figures: dict[str, int]
    movements: list[Movement]


def chances(movements: Mapping[str, Mapping[str, Sequence[Movement]]]) -> dict[str, Chance]:
    """By device, between what adapting's error less the best fixed choice's lies at 95 %, when its
    movements are drawn anew."""
    return {
        device: paired_gain(of["adaptive"], of["best_fixed_per_device"], _error)[1:]
        for device, of in movements.items()
        if {"adaptive", "best_fixed_per_device"} <= of.keys()
    }


def _error(movements: Sequence[Movement]) -> float:
    return sum(one.off for one in movements) / max(1, sum(one.true for one in movements))


def _outcome(
    shown: Sequence[ShownFrame],
    camera: str,
    detections: Detections,
    taken: Taken,
    footage: Footage,
    device: DeviceCounts,
) -> Outcome:
    """Crossings off and true, and boxes right, wrong and missed, over the whole day."""
    movements, found = list[Movement](), list[Tally]()
    for phase in (stretch.phase.name for stretch in footage.line.stretches):
        frames = sorted(frame for frame in shown if frame.phase == phase)
        clip = footage.clip(camera, phase)
        of_frames = [
            taken(detections.boxes(ClipPoint(clip, f.key), f.number), f.key, f.regime)
            for f in frames
        ]
        truth = load_truth(clip)
        followed = device.follow(truth, of_frames, [f.number / footage.fps for f in frames])
        seen = Counter(f"{one.line}/{one.direction}" for one in followed.counted.crossings)
        real = Counter(_true(truth, footage.frames_shown(phase)))
        movements += [Movement(real[n], abs(seen[n] - real[n])) for n in _names(truth)]
        found += [
            tally([match(one, truth_boxes(truth, frame.number))], 0.0)
            for one, frame in zip(of_frames, frames, strict=True)
        ]
    figures = {
        "crossings": sum(one.true for one in movements),
        "crossings_off": sum(one.off for one in movements),
        "boxes_right": sum(one.hits for one in found),
        "boxes_wrong": sum(one.alarms for one in found),
        "boxes_missed": sum(one.misses for one in found),
    }
    return Outcome(figures, movements)


def _names(truth: Mapping[str, Any]) -> list[str]:
    """Of all movements that a clip can have."""
    return [f"{line['name']}/{way}" for line in truth["lines"] for way in ("in", "out")]


def _true(truth: Mapping[str, Any], frames: int) -> Iterator[str]:
    """Movements of those that truly cross in the first frames of a clip."""
    for crossing in truth["crossings"]:
        if crossing["frame"] < frames:
            yield f"{crossing['line']}/{crossing['direction']}"
