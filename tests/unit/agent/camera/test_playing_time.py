"""A wall clock that is set neither stops nor pauses a recording."""

import pytest
from lamplighter_agent.camera.playing_time import PlayingTime
from lamplighter_wire.clock import ManualClock

DAY_S = 86_400.0
PERIOD_S = 0.2


class SetClock(ManualClock):
    """Its wall clock can be set."""

    set_by_s = 0.0

    def time(self) -> float:
        return super().time() + self.set_by_s


@pytest.mark.parametrize("set_by_s", [-9 * 3600.0, 20 * DAY_S, -12.0, -56 * 365 * DAY_S, 90.0])
@pytest.mark.parametrize("is_dated", [True, False], ids=["dated", "at once"])
def test_it_goes_on_where_it_is(set_by_s: float, is_dated: bool) -> None:
    clock = SetClock()
    playing = PlayingTime(clock, clock.time() if is_dated else None)
    playing.now_s(0.0)
    clock.advance(10.0)
    assert playing.now_s(10.0) == pytest.approx(10.0)
    clock.set_by_s = set_by_s
    clock.advance(PERIOD_S)
    assert playing.now_s(10.0 + PERIOD_S) == pytest.approx(10.0 + PERIOD_S, abs=PERIOD_S)
    clock.advance(PERIOD_S)
    now_s = 10.0 + 2 * PERIOD_S
    assert playing.now_s(now_s) == pytest.approx(now_s, abs=PERIOD_S)


def test_a_clock_that_is_adjusted_is_followed() -> None:
    clock = SetClock()
    playing = PlayingTime(clock, clock.time() - 100.0)
    assert playing.now_s(0.0) == pytest.approx(100.0)
    clock.set_by_s = -3.0
    assert playing.now_s(100.0) == pytest.approx(97.0)


def test_who_starts_late_comes_to_the_present() -> None:
    clock = SetClock()
    assert PlayingTime(clock, clock.time() - 20 * DAY_S).now_s(0.0) == pytest.approx(20 * DAY_S)


@pytest.mark.parametrize(("ahead_s", "waits_s"), [(5.0, 5.0), (1.8e12, 0.0)])
def test_a_start_is_waited_for_only_if_it_is_near(ahead_s: float, waits_s: float) -> None:
    clock = SetClock()
    assert PlayingTime(clock, clock.time() + ahead_s).now_s(0.0) == pytest.approx(-waits_s)
