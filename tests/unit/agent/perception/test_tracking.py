"""Objects keep their identity from frame to frame."""

import numpy as np
import pytest
from lamplighter_agent.perception.tracking import Tracker, match

from tests.simulators.traffic import HEIGHT, WIDTH, box, drive


def test_an_object_keeps_its_identity_and_gets_its_velocity():
    seen = drive(Tracker(WIDTH, HEIGHT), [[box(100 + 5 * k, 200)] for k in range(20)])
    assert len(seen[0]) == 0  # seen once is not believed yet
    assert {int(tracks.ids[0]) for tracks in seen[1:]} == {1}
    assert seen[-1].velocity[0] == pytest.approx([50, 0], abs=1)
    assert seen[-1].feet[0] == pytest.approx([195, 215])


def test_tracks_begin_anew_when_the_clock_is_set_back():
    tracker = Tracker(WIDTH, HEIGHT)
    drive(tracker, [[box(100 + 5 * k, 200)] for k in range(20)], start=9000.0)
    seen = drive(tracker, [[box(200 + 5 * k, 200)] for k in range(20)])
    assert [tracks.ids.tolist() for tracks in seen[:3]] == [[], [2], [2]]
    assert all(tracks.velocity[0, 0] == pytest.approx(50, abs=1) for tracks in seen[1:])


def test_two_objects_that_pass_each_other_are_not_swapped():
    path = [[box(100 + 12 * k, 200), box(400 - 12 * k, 214)] for k in range(26)]
    seen = drive(Tracker(WIDTH, HEIGHT), path)
    first = seen[1].ids[np.argmin(seen[1].boxes[:, 0])]
    assert len(seen[-1]) == 2
    assert seen[-1].ids[np.argmax(seen[-1].boxes[:, 0])] == first


def test_a_short_gap_is_bridged():
    path = [[box(100 + 8 * k, 200)] if not 8 <= k < 12 else [] for k in range(20)]
    tracker = Tracker(WIDTH, HEIGHT)
    seen = drive(tracker, path)
    assert seen[-1].ids.tolist() == [1]
    assert seen[-1].velocity[0, 0] == pytest.approx(80, abs=3)
    assert tracker.take_breaks() == 0


def test_a_track_lost_inside_the_picture_is_a_break_one_that_drives_out_is_not():
    tracker = Tracker(WIDTH, HEIGHT)
    drive(tracker, [[box(300, 200)]] * 5 + [[]] * 15)
    assert tracker.take_breaks() == 1
    assert tracker.take_breaks() == 0
    leaving = [[box(560 + 12 * k, 200)] for k in range(6)]
    drive(tracker, leaving + [[]] * 15, start=10)
    assert tracker.take_breaks() == 0


def test_at_a_low_rate_small_objects_are_still_followed():
    path = [[box(100 + 14 * k, 200, 12, 30, kind=6)] for k in range(8)]
    seen = drive(Tracker(WIDTH, HEIGHT), path, fps=2)
    assert seen[-1].ids.tolist() == [1]
    assert seen[-1].classes.tolist() == [6]


def test_the_class_is_the_majority():
    path = [[box(100, 200, kind=kind)] for kind in (0, 1, 0, 0, 1, 0)]
    assert drive(Tracker(WIDTH, HEIGHT), path)[-1].classes.tolist() == [0]


def test_no_row_or_column_is_matched_twice():
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 300, (25, 2)).astype(np.float32)
    a = np.hstack([corners, corners + 60])
    rows, columns = match(a, a[::-1] + 5)
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)
    assert len(match(a[:0], a)[0]) == 0
