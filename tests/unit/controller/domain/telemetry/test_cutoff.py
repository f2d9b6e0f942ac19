"""How old telemetry must be."""

from lamplighter_controller.domain.telemetry.cutoff import cutoff

HOUR = 3600.0
NOON = 500 * 24 * HOUR


def test_only_whole_hours_of_the_device_are_old() -> None:
    at_noon = cutoff(NOON, 24 * HOUR)
    assert at_noon.begun_before == NOON - 25 * HOUR, "the last window of an hour comes after it"
    assert at_noon.received_before == NOON - 24 * HOUR
    later = cutoff(NOON + 1000.0, 24 * HOUR)
    assert later.begun_before == NOON - 24 * HOUR


def test_a_clock_that_is_far_ahead_holds_up_nothing() -> None:
    assert cutoff(NOON, 24 * HOUR).begun_after == NOON + 24 * HOUR
