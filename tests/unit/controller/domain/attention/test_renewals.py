"""A certificate is replaced long before it ends, and not all of a city's in one night."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.attention.renewals import (
    BEFORE_S,
    DAY_S,
    LATE_S,
    SPREAD_S,
    is_due,
    is_late,
)

NOW = 1.8e9
NAMES = [f"cam-{n}" for n in range(1000)]


@given(st.sampled_from(NAMES), st.floats(0.0, 4e9))
def test_what_is_late_has_been_due_for_long(device: str, ends_at: float) -> None:
    if is_late(ends_at, NOW):
        assert is_due(device, ends_at, NOW)
        assert is_due(device, ends_at, NOW - BEFORE_S + LATE_S)


def test_a_fresh_one_is_left_alone_and_so_is_one_of_which_nothing_is_known() -> None:
    assert not any(is_due(name, NOW + 800 * DAY_S, NOW) for name in NAMES)
    assert not any(is_due(name, 0.0, NOW) for name in NAMES)
    assert not is_late(0.0, NOW)


def test_devices_of_one_day_take_turns() -> None:
    ends_at = NOW + BEFORE_S + SPREAD_S
    days = [sum(is_due(name, ends_at, NOW + day * DAY_S) for name in NAMES) for day in range(61)]
    assert days[0] < 10
    assert days[60] == len(NAMES)
    assert max(b - a for a, b in itertools.pairwise(days)) < 40
