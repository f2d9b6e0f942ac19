"""How many frames per second the movement asks for."""

import pytest
from lamplighter_agent.perception.frame_rate_demand import MotionWindow
from lamplighter_agent.perception.tracking import Tracker

from tests.simulators.traffic import HEIGHT, WIDTH, box, boxes, drive


def test_demand_asks_that_objects_overlap_themselves():
    window = MotionWindow(1.0)
    for tracks in drive(Tracker(WIDTH, HEIGHT), [[box(50 + 10 * k, 200)] for k in range(30)]):
        window.add(tracks)
    # 100 pixels per second, half a width is 20 pixels: five frames per second.
    assert window.demand(1, 15) == pytest.approx(5, rel=0.05)
    assert window.demand(1, 3) == 3
    assert window.demand(8, 15) == 8


def test_the_motion_window_takes_each_track_once_and_forgets():
    window = MotionWindow(2.0)
    assert window.demand(1, 15) == 1
    path = [[box(50 + 10 * k, 200), box(500, 400)] for k in range(30)]
    for tracks in drive(Tracker(WIDTH, HEIGHT), path):
        window.add(tracks)
    assert window.motion() == pytest.approx(95, rel=0.05)
    assert window.demand(1, 15) == pytest.approx(4.75, rel=0.06)
    window.add(Tracker(WIDTH, HEIGHT).update(boxes(), 100.0))
    assert window.motion() == 0


def test_who_drives_off_asks_for_frames_at_once():
    window = MotionWindow(6.0)
    standing, driving = [50.0] * 60, [50.0 + 10 * k for k in range(24)]
    for tracks in drive(Tracker(WIDTH, HEIGHT), [[box(x, 200)] for x in standing + driving]):
        window.add(tracks)
    # It moved for less than half of the window, at 100 pixels per second and 20 per half width.
    assert window.demand(1, 15) == pytest.approx(5, rel=0.1)


def test_the_window_forgets_what_it_knew_when_the_clock_is_set_back():
    window, tracker = MotionWindow(30.0), Tracker(WIDTH, HEIGHT)
    for step, start in ((20, 9000.0), (5, 0.0)):
        path = [[box(100 + step * k, 200)] for k in range(25)]
        for tracks in drive(tracker, path, start=start):
            window.add(tracks)
        assert window.motion() == pytest.approx(10 * step, rel=0.1)
