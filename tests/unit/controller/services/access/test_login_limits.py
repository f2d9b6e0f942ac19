"""Guessing tokens is slow, and keeps nobody else out."""

import pytest
from lamplighter_controller.errors import TooManyError
from lamplighter_controller.services.access.login_limits import (
    MOST_FAILURES,
    MOST_SOURCES,
    RETRY_S,
    LoginLimits,
)
from lamplighter_wire.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def limits(clock: ManualClock) -> LoginLimits:
    made = LoginLimits(clock)
    made.note_success("10.0.0.1", "colleague")
    for _ in range(MOST_FAILURES):
        made.check("10.0.0.1", "wrong")
        made.note_failure("10.0.0.1")
    return made


def test_too_many_wrong_tokens_are_refused_until_time_has_passed(
    limits: LoginLimits, clock: ManualClock
) -> None:
    with pytest.raises(TooManyError, match="try again in 6 s"):
        limits.check("10.0.0.1", "right by chance")
    clock.advance(RETRY_S)
    limits.check("10.0.0.1", "another")
    limits.note_failure("10.0.0.1")
    with pytest.raises(TooManyError):
        limits.check("10.0.0.1", "another")


def test_other_addresses_and_tokens_known_there_are_let_in(limits: LoginLimits) -> None:
    limits.check("10.0.0.2", "any")
    limits.check("10.0.0.1", "colleague")


def test_one_network_of_version_6_is_one_source(clock: ManualClock) -> None:
    limits = LoginLimits(clock)
    for number in range(MOST_FAILURES):
        limits.note_failure(f"2001:db8::{number:x}")
    with pytest.raises(TooManyError):
        limits.check("2001:db8::ffff", "any")
    limits.check("2001:db8:0:1::1", "any")


def test_what_is_remembered_has_an_end(clock: ManualClock) -> None:
    limits = LoginLimits(clock)
    for _ in range(MOST_FAILURES):
        limits.note_failure("first")
    for number in range(MOST_SOURCES):
        limits.note_failure(f"source-{number}")
    limits.check("first", "any")
