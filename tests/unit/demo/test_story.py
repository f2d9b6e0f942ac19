"""Who watches the demo's day is told where it is, what was done, and what to see."""

import pytest
from lamplighter_demo.city.footage import WARM_UP, timeline
from lamplighter_demo.city.story import CLOCKS_S, SIGHTS, TOLD_S, Story

BEGIN, WARM_UP_S, PHASE_S = 1000.0, 40.0, 45.0


class At:
    """A wall clock that is set."""

    now = BEGIN

    def __call__(self) -> float:
        return self.now


def test_the_clock_of_the_street_and_what_is_left() -> None:
    at, line = At(), timeline(BEGIN, WARM_UP_S, PHASE_S)
    story = Story(lambda: line, at)
    first, watch = story.told().splitlines()
    assert "warm up, 03:00:00 on the street (before the day)" in first
    assert watch.startswith("Watch: devices measure themselves")
    at.now = BEGIN + WARM_UP_S + PHASE_S + 5.0
    first, watch = story.told().splitlines()
    assert "morning rush, 08:00:05 on the street (phase 2 of 5), 3 min left" in first
    assert "Key 2 shows the events" in watch


def test_what_was_done_is_told_for_a_while() -> None:
    at, line = At(), timeline(BEGIN, WARM_UP_S, PHASE_S)
    story = Story(lambda: line, at)
    story.note("cam-weak: switched off while fetching (injected)")
    story.note("the street: night")
    assert story.told().splitlines()[1] == "cam-weak: switched off while fetching (injected)"
    at.now += TOLD_S
    assert story.told().splitlines()[1].startswith("Watch: ")


def test_before_the_day_is_planned_only_what_happens_is_told() -> None:
    story = Story(lambda: None, At())
    assert story.told() == ""
    story.note("gateway-1: strong gateway")
    assert story.told() == "gateway-1: strong gateway"


@pytest.mark.parametrize("name", [WARM_UP, *(one.phase.name for one in timeline(0, 0).stretches)])
def test_every_phase_has_a_time_and_a_sight(name: str) -> None:
    assert name in CLOCKS_S
    assert SIGHTS[name]
