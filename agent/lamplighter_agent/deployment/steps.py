"""What the runner asks of a device at each step of a deployment, and how it answers."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from lamplighter_wire.messages import OperatingPoint, Transfer

from lamplighter_agent.deployment.journal import Record
from lamplighter_agent.deployment.state_machine import Event
from lamplighter_agent.errors import AgentError


class CalledOffError(AgentError):
    """A newer desired state has come, or the end of the process."""


class Duties(Protocol):
    """The effects. Each answers with what it learned and the event that follows.

    An answer of None as event means "called off": a newer desired state or the end is near.
    """

    def fetch(self, record: Record, control: "Control", /) -> "Answer": ...

    def verify(self, record: Record, control: "Control", /) -> "Answer": ...

    def prove(self, record: Record, control: "Control", /) -> "Answer": ...

    def watch(self, record: Record, control: "Control", /) -> "Answer": ...

    def roll_back(self, record: Record, control: "Control", /) -> "Answer": ...

    def ladder(self, record: Record, control: "Control", /) -> "Answer": ...

    def swap(self, record: Record, control: "Control", /) -> "Answer":
        """The candidate serves. An event only when it cannot."""

    def resume(self, record: Record) -> None: ...

    def drop(self, record: Record) -> None: ...

    def serving(self) -> OperatingPoint: ...


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Event that follows, and figures for the record (None: unchanged)."""

    event: Event | None = None
    learned: dict[str, object] = {}


class Control:
    """What a long effect may ask and tell."""

    def __init__(self, abort: Callable[[], bool], progress: Callable[[Transfer], None]) -> None:
        self.abort = abort
        self.progress = progress
