"""From what a part of a deployment finds or raises to the event of the state machine."""

from collections.abc import Callable

from lamplighter_agent.acceptance.verdict import Verdict
from lamplighter_agent.deployment.failure_reasons import FAULTS, failure
from lamplighter_agent.deployment.state_machine import Failed, Succeeded
from lamplighter_agent.errors import CalledOffError


def event_of(verdict: Verdict) -> Succeeded | Failed:
    """What the machine makes of a verdict."""
    return Succeeded() if verdict.passed else Failed(verdict.reason, verdict.detail)


def event_from(work: Callable[[], Verdict]) -> Succeeded | Failed | None:
    """Do some work: the event that follows; None when it was called off."""
    try:
        return event_of(work())
    except CalledOffError:
        return None
    except FAULTS as error:
        return failure(error)
