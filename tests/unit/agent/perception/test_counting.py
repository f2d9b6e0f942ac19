"""Who crosses a line is counted once, and again on the way back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.counting import LineCounter, imbalance
from lamplighter_agent.perception.tracking import Tracker

from tests.simulators.traffic import HEIGHT, WIDTH, box, drive

LINE = CountLine("north", 320, 0, 320, 480)  # looking down the screen, its left side is x > 320


@pytest.mark.parametrize(("step", "direction"), [(-10, "in"), (10, "out")])
def test_a_crossing_is_counted_once_with_direction_and_class(step, direction):
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    path = [[box(320 - 12 * step + 3 + step * k, 200, kind=3)] for k in range(24)]
    crossings = [c for tracks in drive(tracker, path) for c in counter.update(tracks)]
    assert [(c.line, c.direction, c.kind) for c in crossings] == [("north", direction, "bus")]
    assert counter.take() == {f"north/{direction}": {"bus": 1}}
    assert counter.take() == {}


def test_a_line_crossed_while_hidden_still_counts():
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    path = [[box(260 + 8 * k, 200)] if not 6 <= k < 11 else [] for k in range(16)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 1


def test_an_object_that_trembles_on_the_line_is_not_counted():
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    path = [[box(320 + (3 if k % 2 else -3), 200)] for k in range(20)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 0


@pytest.mark.parametrize("before_px", [3, 5, 10, 15, 20, 30, 60])
@pytest.mark.parametrize(("step", "direction"), [(-6, "in"), (6, "out")])
def test_a_wide_vehicle_first_seen_close_to_the_line_is_counted(before_px, step, direction):
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    first = 320 - (before_px if step > 0 else -before_px)
    path = [[box(first + step * k, 300, w=240, h=150, kind=2)] for k in range(30)]
    crossings = [c for tracks in drive(tracker, path) for c in counter.update(tracks)]
    assert [(c.direction, c.kind) for c in crossings] == [(direction, "truck")]


def test_who_crosses_and_comes_back_is_counted_both_ways():
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    there = [[box(x, 200)] for x in range(240, 400, 8)]
    path = there + there[-1:] * 30 + there[::-1]
    crossings = [c for tracks in drive(tracker, path) for c in counter.update(tracks)]
    assert [c.direction for c in crossings] == ["out", "in"]
    assert {c.track for c in crossings} == {crossings[0].track}


@given(st.lists(st.floats(-0.25, 0.25), min_size=20, max_size=40), st.floats(-4, 4), st.booleans())
@settings(max_examples=40)
def test_who_stands_on_a_line_is_counted_once_at_most(shifts, stands_at, has_come_over):
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    wide = 60
    come = [[box(x, 200, w=wide)] for x in range(200, 320, 8)] if has_come_over else []
    queue = [[box(320 + stands_at + wide * shift, 200, w=wide)] for shift in shifts]
    crossings = [c for tracks in drive(tracker, come + queue) for c in counter.update(tracks)]
    assert len(crossings) <= 1


def test_passing_beside_the_end_of_a_line_is_no_crossing():
    short = CountLine("south", 320, 300, 320, 480)
    counter, tracker = LineCounter([short]), Tracker(WIDTH, HEIGHT)
    path = [[box(200 + 10 * k, 200)] for k in range(24)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 0


def test_imbalance_compares_what_goes_in_with_what_comes_out():
    counts = {"a/in": {"car": 6, "bus": 2}, "b/out": {"car": 2}}
    assert imbalance(counts) == pytest.approx(0.6)
    assert imbalance({}) == 0
