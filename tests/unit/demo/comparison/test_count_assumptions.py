"""Which assumption failed on a day planned for counts."""

import pytest
from lamplighter_demo.comparison.count_assumptions import (
    ALIKE,
    ASSUMED,
    CATALOGUE,
    DEARER,
    FRAMES,
    as_dict,
    counted_day,
)
from lamplighter_demo.comparison.figures import Figures

FIXED = Figures(crossings=100, crossings_off=20, energy_above_idle_j=100.0, frames_served=1000)
ALL_CHANCE, WORSE, BETTER = (-0.1, 0.1), (0.02, 0.2), (-0.2, -0.02)


def ours(off: int, energy_j: float, frames: int) -> Figures:
    return Figures(
        crossings=100, crossings_off=off, energy_above_idle_j=energy_j, frames_served=frames
    )


@pytest.mark.parametrize(
    ("day", "chance", "failed"),
    [
        (ours(10, 150.0, 1000), BETTER, ""),
        (ours(20, 80.0, 800), ALL_CHANCE, ""),
        (ours(20, 100.0, 1000), ALL_CHANCE, ALIKE),
        (ours(30, 50.0, 1000), WORSE, CATALOGUE),
        (ours(16, 120.0, 900), ALL_CHANCE, DEARER),
        (ours(16, 130.0, 1250), ALL_CHANCE, FRAMES),
    ],
)
def test_each_assumption_can_fail(day: Figures, chance: tuple[float, float], failed: str) -> None:
    found = counted_day(day, FIXED, 0.15, (0.1, 0.3), chance)
    assert found is not None and found.failed == failed
    told = as_dict({"cam": found})
    assert told["assumptions"]["cam"]["assumed"] == ASSUMED.get(failed, "")
    assert ASSUMED.get(failed, "No assumption failed") in told["why"][0]


def test_energy_is_parted_into_frames_and_what_a_frame_takes() -> None:
    day = counted_day(ours(20, 120.0, 800), FIXED, None, (0.1, 0.3), ALL_CHANCE)
    assert day is not None
    assert (day.frames_j, day.points_j) == (pytest.approx(-20.0), pytest.approx(40.0))
    (line,) = as_dict({"cam": day})["why"]
    assert "expected" not in line and "-20 J by the number of frames, +40 J" in line


def test_a_day_that_was_not_replayed_says_nothing() -> None:
    assert counted_day(Figures(), FIXED, None, (0.0, 0.0), ALL_CHANCE) is None
