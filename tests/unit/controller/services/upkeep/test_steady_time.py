"""Nothing is deleted by a clock that has leapt ahead; what is old by a clock that is right goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.services.event_log import ControllerEvent
from lamplighter_controller.services.upkeep.steady_time import (
    BELIEVED_S,
    FILE,
    TOLERANCE_S,
    SteadyTime,
    kept_time,
)
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.clock import ManualClock

from tests.simulators.controller_rig import Rig

DAY_S = 86_400.0


class SetClock(ManualClock):
    """Its wall clock can be set."""

    wrong_s = 0.0

    def time(self) -> float:
        return super().time() + self.wrong_s


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def steady(clock: SetClock, path: Path) -> SteadyTime:
    return SteadyTime(clock, *kept_time(path))


@pytest.mark.parametrize("wrong_s", [20 * DAY_S, 40 * DAY_S, 100 * DAY_S])
def test_a_glimpse_of_a_clock_that_is_ahead_moves_nothing(
    clock: SetClock, tmp_path: Path, wrong_s: float
) -> None:
    time = steady(clock, tmp_path)
    clock.advance(600.0)
    clock.wrong_s = wrong_s
    assert time.time() == ManualClock().time() + 600.0
    clock.wrong_s = 0.0
    clock.advance(600.0)
    assert time.time() == clock.time()


def test_a_clock_that_stays_ahead_is_right_after_a_day(clock: SetClock, tmp_path: Path) -> None:
    time = steady(clock, tmp_path)
    clock.wrong_s = 40 * DAY_S
    time.time()
    clock.advance(BELIEVED_S - 1.0)
    assert time.time() < clock.time() - 39 * DAY_S
    clock.advance(1.0)
    assert time.time() == clock.time()


def test_two_glimpses_are_not_one_that_lasts(clock: SetClock, tmp_path: Path) -> None:
    time = steady(clock, tmp_path)
    for wrong_s in (40 * DAY_S, 0.0, 40 * DAY_S):
        clock.wrong_s = wrong_s
        time.time()
        clock.advance(0.6 * BELIEVED_S)
    clock.wrong_s = 50 * DAY_S
    assert time.time() < clock.time() - 49 * DAY_S


@pytest.mark.parametrize("wrong_s", [-40 * DAY_S, -9 * 3600.0, 0.9 * TOLERANCE_S])
def test_a_clock_that_is_behind_or_corrected_is_followed(
    clock: SetClock, tmp_path: Path, wrong_s: float
) -> None:
    time = steady(clock, tmp_path)
    clock.wrong_s = wrong_s
    assert time.time() == clock.time()


def test_it_goes_on_over_a_restart(clock: SetClock, tmp_path: Path) -> None:
    before = steady(clock, tmp_path).time()
    clock.wrong_s = 40 * DAY_S
    again = steady(clock, tmp_path)
    assert again.time() == before
    (tmp_path / FILE).write_text("damaged")
    assert steady(clock, tmp_path).time() == clock.time()


@pytest.fixture
def rig(tmp_path: Path, clock: SetClock) -> Iterator[Rig]:
    made = Rig(tmp_path, [], clock=clock)
    made.device("cam-1")
    yield made
    made.close()


def test_a_glimpse_deletes_no_history(rig: Rig, clock: SetClock) -> None:
    begin = clock.time()
    windows = [measured_window(number, "cam-1", begin) for number in range(100)]
    rig.store.add_telemetry(windows, begin)
    rig.services.events.add(ControllerEvent.STARTED, "the controller is up")
    clock.advance(600.0)
    clock.wrong_s = 100 * DAY_S
    rig.services.housekeeper.keep_house()
    clock.wrong_s = 0.0
    assert len(rig.store.telemetry("cam-1", limit=None)) == 100
    assert [event.kind for event in rig.store.events()] == ["started"]
    clock.advance(100 * DAY_S)
    rig.services.housekeeper.keep_house()
    assert rig.store.telemetry("cam-1", limit=None) == []
    assert rig.store.events() == []
