"""Speeds come from two lines that a track crosses, either way, and from nothing else."""

import numpy as np
import pytest
from lamplighter_agent.own_street import CountDistance, CountLine
from lamplighter_agent.perception.counting import Crossing, LineCounter
from lamplighter_agent.perception.speeds import SpeedMeter
from lamplighter_agent.perception.tracking import Tracker
from lamplighter_wire.messages import Pace

AB = CountDistance("a", "b", 20.0)


def over(
    line: str, at: float, track: int = 1, direction: str = "in", kind: str = "car"
) -> Crossing:
    return Crossing(line, direction, kind, track, at + 9.0, at)


def kmh(pace: Pace) -> float:
    return 3600 / pace.s_per_km


def test_a_speed_belongs_to_the_movement_over_the_later_line() -> None:
    meter = SpeedMeter([AB])
    meter.update([over("a", 10.0)])
    assert meter.take() == {}
    meter.update([over("b", 12.0)])
    taken = meter.take()
    assert list(taken) == ["b/in"]
    assert kmh(taken["b/in"]["car"]) == pytest.approx(36.0)
    assert meter.take() == {}


def test_who_comes_the_other_way_is_measured_too() -> None:
    meter = SpeedMeter([AB])
    meter.update([over("b", 10.0, direction="out"), over("a", 14.0, direction="out")])
    assert kmh(meter.take()["a/out"]["car"]) == pytest.approx(18.0)


def test_a_line_that_is_certain_later_was_crossed_when_it_was() -> None:
    meter = SpeedMeter([AB])
    meter.update([over("b", 12.0), over("a", 10.0, direction="out")])
    assert list(meter.take()) == ["b/in"]


def test_the_mean_is_that_of_times_not_of_speeds() -> None:
    meter = SpeedMeter([AB])
    for track, took_s in ((1, 1.0), (2, 3.0)):
        meter.update([over("a", 10.0, track), over("b", 10.0 + took_s, track)])
    pace = meter.take()["b/in"]["car"]
    assert pace.count == 2
    assert kmh(pace) == pytest.approx(2 / (1 / 72 + 1 / 24))  # harmonic, 36; the other mean is 48


@pytest.mark.parametrize("took_s", [0.0, 0.1, 200.0])
def test_what_no_vehicle_drives_is_not_measured(took_s: float) -> None:
    meter = SpeedMeter([AB])
    meter.update([over("a", 10.0), over("b", 10.0 + took_s)])
    assert meter.take() == {}


def test_others_tracks_and_lines_have_no_part_in_it() -> None:
    meter = SpeedMeter([AB])
    meter.update([over("a", 10.0, 1), over("b", 12.0, 2), over("c", 12.0, 1)])
    assert meter.take() == {}


def test_without_a_distance_nothing_is_measured() -> None:
    meter = SpeedMeter([])
    meter.update([over("a", 10.0), over("b", 12.0)])
    assert meter.take() == {}


@pytest.mark.parametrize("fps", [3.0, 4.7, 10.0])
def test_lines_are_crossed_between_two_frames(fps: float) -> None:
    """A box that moves evenly is as fast as it is, at any frame rate."""
    lines = [CountLine("a", 100, 0, 100, 200), CountLine("b", 300, 0, 300, 200)]
    tracker, counter, meter = Tracker(640, 200), LineCounter(lines), SpeedMeter([AB])
    for number in range(round(8 * fps)):
        at = number / fps
        x = 20.0 + 70.0 * at  # 200 pixels, 20 m, in 2.857 s
        box = np.array([[x - 30, 60, x + 30, 120, 0.9, 0]], np.float32)
        meter.update(counter.update(tracker.update(box, 1000.0 + at)))
    (by_class,) = meter.take().values()
    assert kmh(by_class["car"]) == pytest.approx(25.2, rel=0.001)
