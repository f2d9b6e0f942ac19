"""Who comes by one line and leaves by another is counted once, by the class of its whole track."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.counting import Crossing, LineCounter
from lamplighter_agent.perception.tracking import Tracker
from lamplighter_agent.perception.turns import TurnCounter

from tests.simulators.traffic import HEIGHT, WIDTH, box, drive

# Looking down the screen, "in" is to the left: who drives to the left comes in by the east.
EAST = CountLine("east", 500, 0, 500, 480)
WEST = CountLine("west", 140, 480, 140, 0)


def _turns(path) -> dict[str, dict[str, int]]:
    tracker, lines, turns = Tracker(WIDTH, HEIGHT), LineCounter([EAST, WEST]), TurnCounter()
    for tracks in drive(tracker, [*path, *([[]] * 30)]):
        turns.update(lines.update(tracks), tracks)
    return turns.take()


def test_a_way_through_is_one_turn():
    assert _turns([[box(600 - 10 * k, 200)] for k in range(56)]) == {"east/to-west": {"car": 1}}


def test_who_turns_back_leaves_where_it_came_in():
    there = [[box(x, 200)] for x in range(600, 340, -10)]
    assert _turns(there + there[::-1]) == {"east/to-east": {"car": 1}}


def test_who_only_comes_in_or_only_leaves_took_no_turn():
    assert _turns([[box(600 - 10 * k, 200)] for k in range(30)]) == {}
    assert _turns([[box(320 - 10 * k, 200)] for k in range(26)]) == {}


def test_the_whole_track_says_the_class():
    # As a van over both lines, and from then on as a bus.
    path = [[box(600 - 10 * k, 200, kind=1 if k < 50 else 3, score=0.9)] for k in range(58)]
    path += [[box(20, 200, kind=3, score=0.9)]] * 60
    assert _turns(path) == {"east/to-west": {"bus": 1}}


def test_zones_cover_the_arms():
    turns, tracker = TurnCounter(["east", "west"]), Tracker(WIDTH, HEIGHT)
    [empty] = drive(tracker, [[]])
    turns.update([Crossing("east", "out", "car", 1, 0.0)], empty)
    turns.update([Crossing("west", "in", "car", 1, 2.0)], empty)
    [later] = drive(tracker, [[]])
    turns.update([], type(later)(60.0, *[getattr(later, n) for n in later.__slots__[1:]]))
    assert turns.take() == {"east/to-west": {"car": 1}}


@pytest.mark.parametrize("at", [-1.0, 60.0])
def test_a_clock_that_is_set_back_keeps_nothing_waiting(at):
    turns, tracker = TurnCounter(), Tracker(WIDTH, HEIGHT)
    [empty] = drive(tracker, [[]])
    turns.update([Crossing("east", "in", "car", 1, 5.0)], empty)
    turns.update([Crossing("west", "out", "car", 1, 6.0)], empty)
    turns.update([], type(empty)(at, *[getattr(empty, n) for n in empty.__slots__[1:]]))
    assert turns.take() == {"east/to-west": {"car": 1}}


crossings = st.builds(
    Crossing,
    st.sampled_from(["east", "west", "north"]),
    st.sampled_from(["in", "out"]),
    st.just("car"),
    st.integers(1, 3),
    st.floats(0, 10),
)


@given(st.lists(crossings, max_size=30))
def test_no_more_turns_than_have_come_in_and_left(several):
    turns, tracker = TurnCounter(), Tracker(WIDTH, HEIGHT)
    [empty] = drive(tracker, [[]])
    far = type(empty)(100.0, *[getattr(empty, n) for n in empty.__slots__[1:]])
    for crossing in several:
        turns.update([crossing], empty)
        turns.update([], far)
    counted = sum(n for by_class in turns.take().values() for n in by_class.values())
    ways = [sum(c.direction == way for c in several) for way in ("in", "out")]
    assert counted <= min(ways)
