"""When the maintenance window lets a change go."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.policy.release import RELEASED, Intent, MaintenanceWindow
from lamplighter_wire.messages import Desired
from lamplighter_wire.policy.choices import CHOICES

from tests.simulators.planning import make_view

maintenance_window = MaintenanceWindow()


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


def on(days: str, begin: float, end: float):
    number = CHOICES["release_days"].index(days)
    policy = Policy(release_from_hour=begin, release_until_hour=end, release_days=number)
    return replace(make_view(), policy=policy)


@pytest.mark.parametrize(
    ("days", "now", "is_released"),
    [
        ("weekdays", at(23), False),  # 1 March 2026 is a Sunday
        ("weekends", at(23), True),
        ("weekdays", at(23) + 86400, True),
        ("weekends", at(3) + 86400, True),  # on Monday, of the window that opened on Sunday
        ("weekdays", at(3) + 86400, False),
    ],
)
def test_a_window_is_of_the_day_on_which_it_opens(days, now, is_released):
    verdict = maintenance_window(intent(), on(days, 22, 4), now)
    assert verdict.is_released is is_released
    assert is_released or f"on {days}" in verdict.reason


def test_what_waits_for_the_week_is_released_when_it_begins():
    verdict = maintenance_window(intent(), on("weekdays", 22, 4), at(12))
    assert verdict.until == at(22) + 86400


def test_hours_are_those_of_the_zone_on_both_sides_of_a_change_of_clocks():
    """Vienna sets its clocks from 2:00 to 3:00 on 29 March 2026."""
    vienna = ZoneInfo("Europe/Vienna")
    window = MaintenanceWindow(vienna)
    for day, opens_utc in ((28, 21), (29, 20)):
        noon = datetime(2026, 3, day, 12, tzinfo=vienna).timestamp()
        verdict = window(intent(), view(22, 5), noon)
        assert verdict.until == datetime(2026, 3, day, opens_utc, tzinfo=UTC).timestamp()
        assert "22:00 to 05:00 Europe/Vienna" in verdict.reason
        assert window(intent(), view(22, 5), verdict.until).is_released


@given(st.sampled_from(["Europe/Vienna", "America/St_Johns", "Asia/Kolkata"]), st.floats(0, 4e9))
def test_every_hour_is_open_in_any_zone(zone, now):
    assert MaintenanceWindow(ZoneInfo(zone))(intent(), make_view(), now) == RELEASED
