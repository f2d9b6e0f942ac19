"""What the runner has done by a device at each step of a deployment, and what comes of it."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from lamplighter_wire.messages import Desired, OperatingPoint, Transfer

from lamplighter_agent.deployment.journal import Record
from lamplighter_agent.deployment.state_machine import Event


class EffectResult(msgspec.Struct, frozen=True, kw_only=True):
    """Event that follows, and figures for the record, by its fields.

    No event means "called off": a newer desired state has come or the end is near. Of `swap` and
    `ladder` it means that they are done.
    """

    event: Event | None = None
    learned: dict[str, object] = {}


class Control:
    """What a long effect asks and reports while it is at work."""

    def __init__(self, abort: Callable[[], bool], progress: Callable[[Transfer], None]) -> None:
        self.abort = abort
        self.progress = progress


class Effects(Protocol):
    """The effects on a device; `desired` is that of the deployment in hand."""

    def fetch(self, desired: Desired, record: Record, control: Control, /) -> EffectResult: ...

    def verify(self, desired: Desired, record: Record, control: Control, /) -> EffectResult: ...

    def prove(self, desired: Desired, record: Record, control: Control, /) -> EffectResult: ...

    def swap(self, desired: Desired, record: Record, control: Control, /) -> EffectResult:
        """The candidate serves. An event only when it cannot."""

    def watch(self, desired: Desired, record: Record, control: Control, /) -> EffectResult: ...

    def ladder(self, desired: Desired, record: Record, control: Control, /) -> EffectResult: ...

    def roll_back(self, record: Record, /) -> EffectResult: ...

    def resume(self, record: Record) -> None: ...

    def damaged(self) -> list[str]:
        """Variants that may serve, and that the disk has damaged."""

    def mend(self, record: Record, control: Control, /) -> bool:
        """Fetch what is damaged; whether anything was mended, and serves again."""

    def drop(self, record: Record) -> None: ...

    def serving(self) -> OperatingPoint: ...
