"""What becomes of a finding, or of what is raised instead."""

from collections.abc import Callable

import pytest
from lamplighter_agent.acceptance.verdict import PASSED, Verdict
from lamplighter_agent.deployment.state_machine import Failed, Succeeded
from lamplighter_agent.errors import CalledOffError, DiskFullError, EngineError, FetchError
from lamplighter_agent.updating.step_events import event_from
from lamplighter_wire.errors import BlobError, SignatureError


def raising(error: Exception) -> Callable[[], Verdict]:
    def work() -> Verdict:
        raise error

    return work


def test_a_verdict_becomes_its_event() -> None:
    assert event_from(lambda: PASSED) == Succeeded()
    assert event_from(lambda: Verdict("SLOWER", "p50")) == Failed("SLOWER", "p50")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FetchError("TIMEOUT", "no chunk"), "TIMEOUT"),
        (DiskFullError("full"), "DISK_FULL"),
        (BlobError("rotten"), "HASH"),
        (SignatureError("forged"), "SIGNATURE"),
        (EngineError("bad_alloc"), "OOM"),
        (MemoryError("no room"), "OOM"),
        (ValueError("shape"), "INCOMPATIBLE"),
    ],
)
def test_what_a_controller_may_cause_becomes_a_reason(error: Exception, reason: str) -> None:
    assert event_from(raising(error)) == Failed(reason, str(error))


def test_what_is_called_off_has_no_event() -> None:
    assert event_from(raising(CalledOffError("newer"))) is None


def test_a_fault_of_our_own_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        event_from(raising(KeyError("x")))
