"""An order fits into the day's bytes, or waits for the next day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.policy.byte_budget import (
    DAY_S,
    Budget,
    Spent,
    begin_of_day,
    end_of_day,
    within,
)

NOON = 20_000 * DAY_S + 43_200.0


def test_of_the_device_and_of_its_site() -> None:
    budget = Budget(device_bytes=10_000_000, site_bytes=50_000_000)
    assert not within(budget, Spent(4_000_000, 20_000_000), 5_000_000, "accuracy", NOON).reason
    device = within(budget, Spent(6_000_000, 20_000_000), 5_000_000, "accuracy", NOON)
    assert device.reason == "the device has had 6.0 of 10.0 MB a day, this is 5.0 MB"
    assert device.until == end_of_day(NOON)
    site = within(budget, Spent(0, 48_000_000), 5_000_000, "override", NOON)
    assert site.reason.startswith("the site has had 48.0 of 50.0 MB a day")


@pytest.mark.parametrize("why", ["first", "mend"])
def test_who_serves_nothing_or_breaks_a_limit_does_not_wait(why: str) -> None:
    assert not within(Budget(1, 1), Spent(9, 9), 10**9, why, NOON).reason


def test_what_is_larger_than_a_day_goes_first_thing_in_one() -> None:
    assert not within(Budget(device_bytes=10), Spent(), 1000, "accuracy", NOON).reason
    assert within(Budget(device_bytes=10), Spent(device_bytes=1), 1000, "accuracy", NOON).reason


@given(
    budget=st.builds(Budget, st.integers(0, 100), st.integers(0, 100)),
    spent=st.builds(Spent, st.integers(0, 200), st.integers(0, 200)),
    size=st.integers(0, 100),
    now=st.floats(0, 1e10),
)
def test_less_never_waits_where_more_may_go(
    budget: Budget, spent: Spent, size: int, now: float
) -> None:
    verdict = within(budget, spent, size, "accuracy", now)
    if not verdict.reason:
        assert not within(budget, spent, max(0, size - 1), "accuracy", now).reason
        assert not within(budget, Spent(), size, "accuracy", now).reason
    else:
        assert budget.is_set and size > 0
        assert now < verdict.until <= now + DAY_S + 1


@given(st.floats(0, 1e10))
def test_a_day_holds_its_moments(now: float) -> None:
    assert begin_of_day(now) <= now < end_of_day(now) <= begin_of_day(now) + DAY_S + 1e-3
