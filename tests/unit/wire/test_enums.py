"""Words that an older or newer peer says."""

import pytest
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enums import Outcome, ReasonCode, Severity, hint_of
from lamplighter_wire.messages import Event, Reported


def test_an_outcome_of_a_newer_peer_is_read_as_unknown_and_is_bad() -> None:
    reported = decode(b'{"outcome": "postponed", "revision": 7}', Reported)
    assert reported.outcome is Outcome.UNKNOWN
    assert reported.outcome.is_bad


def test_a_severity_of_a_newer_peer_alarms_nobody() -> None:
    assert decode(b'{"severity": "critical"}', Event).severity is Severity.INFO


def test_enums_travel_as_their_words() -> None:
    assert b'"outcome":"rolled_back"' in encode(Reported(outcome=Outcome.ROLLED_BACK))


@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_code_has_a_hint(code: ReasonCode) -> None:
    assert hint_of(code)


def test_an_unknown_reason_code_has_no_hint() -> None:
    assert hint_of("SUNSPOTS") == ""
