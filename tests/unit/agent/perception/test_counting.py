"""What crosses a line is counted once."""

import pytest
from lamplighter_agent.perception.counting import LineCounter, imbalance
from lamplighter_agent.perception.tracking import Tracker
from lamplighter_agent.settings import CountLine

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


def test_passing_beside_the_end_of_a_line_is_no_crossing():
    short = CountLine("south", 320, 300, 320, 480)
    counter, tracker = LineCounter([short]), Tracker(WIDTH, HEIGHT)
    path = [[box(200 + 10 * k, 200)] for k in range(24)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 0


def test_imbalance_compares_what_goes_in_with_what_comes_out():
    counts = {"a/in": {"car": 6, "bus": 2}, "b/out": {"car": 2}}
    assert imbalance(counts) == pytest.approx(0.6)
    assert imbalance({}) == 0
