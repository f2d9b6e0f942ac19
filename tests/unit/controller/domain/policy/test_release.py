"""When the maintenance window lets a change go."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.policy.release import RELEASED, Intent, maintenance_window
from lamplighter_wire.messages import Desired

from tests.simulators.planning import make_view


def at(hour: int, minute: int = 0) -> float:
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC).timestamp()


def intent(why: str = "accuracy") -> Intent:
    return Intent(desired=Desired(device="cam-1"), why=why)


def view(begin: float, end: float):
    return replace(make_view(), policy=Policy(release_from_hour=begin, release_until_hour=end))


@given(st.floats(0, 4e9))
def test_by_default_every_hour_is_open(now):
    assert maintenance_window(intent(), make_view(), now) == RELEASED


@pytest.mark.parametrize(
    ("begin", "end", "now", "opens"),
    [
        (2, 5, at(3), None),
        (2, 5, at(1, 30), at(2)),
        (2, 5, at(5), at(2) + 86400),
        (22.5, 4, at(23), None),
        (22.5, 4, at(3, 59), None),
        (22.5, 4, at(12), at(22, 30)),
    ],
)
def test_a_change_waits_for_the_window(begin, end, now, opens):
    verdict = maintenance_window(intent(), view(begin, end), now)
    assert verdict.is_released == (opens is None)
    if opens is not None:
        assert verdict.until == pytest.approx(opens)
        assert maintenance_window(intent(), view(begin, end), verdict.until).is_released


@given(st.integers(0, 96), st.integers(0, 96), st.integers(10**9, 3 * 10**9))
def test_what_is_held_is_released_at_the_time_that_is_named(begin, end, now):
    quarters = view(begin / 4, end / 4)
    verdict = maintenance_window(intent(), quarters, float(now))
    if not verdict.is_released and verdict.until:
        assert now < verdict.until <= now + 86400
        assert maintenance_window(intent(), quarters, verdict.until + 1e-3).is_released


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (24, 24), (24, 0), (7.5, 7.5)])
def test_a_window_of_no_length_is_never_open(begin, end):
    for hour in range(24):
        assert not maintenance_window(intent(), view(begin, end), at(hour)).is_released


def test_no_hour_at_all_holds_until_somebody_changes_it():
    verdict = maintenance_window(intent(), view(3, 3), at(3))
    assert (verdict.is_released, verdict.until) == (False, 0.0)
    assert "no hour" in verdict.reason


@pytest.mark.parametrize("why", ["first", "mend"])
def test_what_cannot_wait_does_not(why):
    assert maintenance_window(intent(why), view(3, 3), at(12)) == RELEASED
