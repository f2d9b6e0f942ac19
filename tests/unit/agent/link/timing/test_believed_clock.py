"""A machine's clock counts unless it is known to be far off."""

import pytest
from lamplighter_agent.link.timing.believed_clock import (
    ASKED_AGAIN_S,
    BelievedClock,
    doubting,
)
from lamplighter_wire.clock import ManualClock

NOW_S = 1_800_000_000.0
YEARS_S = 6 * 365 * 86400.0


class SetClock(ManualClock):
    """A machine's, which somebody can set."""

    def __init__(self, wrong_s: float = 0.0) -> None:
        super().__init__(NOW_S)
        self.wrong_s = wrong_s

    def time(self) -> float:
        return super().time() + self.wrong_s


@pytest.mark.parametrize("wrong_s", [YEARS_S, -YEARS_S, 86400.0])
def test_a_clock_that_is_far_off_is_corrected_until_it_is_set(wrong_s: float) -> None:
    machine = SetClock(wrong_s)
    clock, told = BelievedClock(machine), list[str]()
    clock.tell = told.append
    clock.believe(NOW_S)
    assert ("ahead" if wrong_s > 0 else "behind") in told[0]
    machine.advance(100.0)
    assert clock.time() == NOW_S + 100
    assert clock.is_corrected
    machine.wrong_s = 2.5
    assert clock.time() == NOW_S + 102.5
    assert not clock.is_corrected


@pytest.mark.parametrize("wrong_s", [0.0, 30.0, -1800.0])
def test_a_clock_that_is_roughly_right_counts_as_it_is(wrong_s: float) -> None:
    clock = BelievedClock(SetClock(wrong_s))
    clock.believe(NOW_S)
    assert clock.time() == NOW_S + wrong_s
    assert not clock.is_corrected


def test_one_that_was_never_set_is_in_doubt_and_any_other_once_somebody_says_so() -> None:
    assert BelievedClock(SetClock(-NOW_S)).is_doubted
    clock = BelievedClock(SetClock(YEARS_S))
    assert not clock.is_doubted
    clock.doubt()
    assert clock.is_doubted
    clock.believe(NOW_S)
    assert not clock.is_doubted


def test_what_was_asked_in_vain_is_not_asked_with_every_order() -> None:
    machine, reconnected = SetClock(YEARS_S), list[bool]()
    clock = BelievedClock(machine)
    doubt = doubting(clock, lambda: reconnected.append(True))
    assert [doubt(), doubt()] == [True, False]
    assert clock.is_doubted
    machine.advance(ASKED_AGAIN_S + 1)
    assert doubt()
    assert len(reconnected) == 2


def test_a_clock_that_cannot_be_corrected_is_not_doubted() -> None:
    assert not doubting(ManualClock(), lambda: None)()
