"""Which assumption failed on a day that was planned for counts, from what was measured. Pure.

Beside the best fixed choice adapting serves fewer or more frames, by points that cost less or more.
Either is worth it if it counts better, which a day's few crossings can show or cannot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lamplighter_demo.comparison.figures import Chance, Figures, by_counts

CATALOGUE, DEARER, FRAMES, ALIKE = "by_catalogue", "dearer_points", "more_frames", "alike"
ASSUMED = {
    CATALOGUE: "that what the catalogue expects of counts holds before this camera",
    DEARER: "that points which cost more count better by more than these crossings can tell",
    FRAMES: "that more frames count better by more than these crossings can tell",
    ALIKE: "that the street asks for another point by more than a switch must gain",
}


@dataclass(frozen=True)
class CountedDay:
    """A device's day beside the best fixed choice.

    Attributes:
        expected: error of counts that its plans expected; None: nothing was known.
        found, found_chance: error as replayed, and between what it lies at 95 %.
        more_error, chance: beyond the fixed choice's, and between what that lies.
        frames_j, points_j: energy above idle beyond the fixed choice's, by the number of frames
            and by what a frame takes.
        failed: the assumption; empty: adapting beats the fixed choice.
    """

    expected: float | None
    found: float
    found_chance: Chance
    more_error: float
    chance: Chance
    frames_j: float
    points_j: float
    failed: str


def counted_day(
    ours: Figures, fixed: Figures, expected: float | None, found: Chance, chance: Chance
) -> CountedDay | None:
    """None where counts were not replayed."""
    if ours.count_error is None or fixed.count_error is None:
        return None
    more_frames = ours.frames_served - fixed.frames_served
    frames_j = more_frames * fixed.energy_above_idle_j / max(fixed.frames_served, 1e-9)
    points_j = ours.energy_above_idle_j - fixed.energy_above_idle_j - frames_j
    return CountedDay(
        expected=expected,
        found=ours.count_error,
        found_chance=found,
        more_error=ours.count_error - fixed.count_error,
        chance=chance,
        frames_j=frames_j,
        points_j=points_j,
        failed=_failed(by_counts(ours, fixed, chance), chance, frames_j, points_j),
    )


def _failed(word: str, chance: Chance, frames_j: float, points_j: float) -> str:
    if word == "beats":
        return ""
    if word == "equals":
        return ALIKE
    if chance[0] > 0.0:
        return CATALOGUE
    return FRAMES if frames_j > points_j else DEARER


def as_dict(days: Mapping[str, CountedDay]) -> dict[str, Any]:
    """The part of a report."""
    return {
        "assumptions": {
            device: asdict(day) | {"assumed": ASSUMED.get(day.failed, "")}
            for device, day in days.items()
        },
        "why": [told(device, days[device]) for device in sorted(days)],
    }


def told(device: str, day: CountedDay) -> str:
    """A day in a sentence."""
    hoped = "" if day.expected is None else f", {day.expected:.0%} expected"
    failed = f"It failed {ASSUMED[day.failed]}" if day.failed else "No assumption failed"
    return (
        f"{device}: counts {day.found:.0%} off ({_range(day.found_chance, '')} by chance{hoped});"
        f" beside the best fixed choice {100 * day.more_error:+.0f} points"
        f" ({_range(day.chance, '+')} by chance), {day.frames_j:+.0f} J by the number of frames,"
        f" {day.points_j:+.0f} J by what a frame takes. {failed}"
    )


def _range(chance: Sequence[float], sign: str) -> str:
    low, high = (f"{100 * end:{sign}.0f}" for end in chance)
    return f"{low} to {high}"
