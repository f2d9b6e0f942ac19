"""What can go wrong on the device.

AgentError
├── DiskFullError     no room for a chunk, a slot or a journal entry
├── EngineError       a model cannot be opened or run
│   ├── CandidateTimeoutError  a candidate did not answer in time, and was ended
│   └── CandidateDiedError     a candidate ended its process
├── SourceError       the camera or clip cannot be read
├── EnrolError        the controller refused, or is not who the token says
│   └── UnansweredError  it cannot be reached, or is busy: another time it may answer
├── FetchError        a download was given up
├── RoadError         a connection broke, or the other side is busy: it may work later
├── RefusedError      the controller does not give this device what it asked for
└── CalledOffError    there is something newer to do, or the process ends
"""


class AgentError(Exception):
    """Base of all errors of this package."""


class DiskFullError(AgentError):
    """No room for a chunk, a slot or a journal entry."""


class EngineError(AgentError):
    """A model cannot be opened or run."""


class CandidateTimeoutError(EngineError):
    """A candidate did not answer in time, and its process was ended."""


class CandidateDiedError(EngineError):
    """A candidate ended the process that it was tried in."""


class SourceError(AgentError):
    """The camera or clip cannot be read."""


class EnrolError(AgentError):
    """The controller refused, or is not who the token says."""


class UnansweredError(EnrolError):
    """The controller cannot be reached, or is busy: another time it may answer."""


class RoadError(AgentError):
    """A connection broke, or the other side is busy: it may work later."""


class RefusedError(AgentError):
    """The controller does not give this device what it asked for."""


class FetchError(AgentError):
    """A download was given up. `reason` is a stable reason code: TIMEOUT or HASH."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class CalledOffError(AgentError):
    """What was under way is not wanted any more: something newer has come, or the end."""
