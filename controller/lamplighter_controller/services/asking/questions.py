"""One question to a device, which answers once, and somebody who waits for it."""

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import TransportError

from lamplighter_controller.errors import ConflictError, TooOftenError
from lamplighter_controller.link.orders import command_of
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord

A = TypeVar("A")
# Each waits on a thread of the API, of which others want some too.
MOST_AT_ONCE = 8
GRACE_S = 3.0  # for the way there and back
# By the device's clock, which may be wrong; the broker ends an order by its own.
CLOCKS_APART_S = 3600.0
LONGEST_REASON = 300


@dataclass(frozen=True)
class QuestionKind:
    """What devices are asked for.

    Attributes:
        noun: in sentences: a still.
        silence: why a device that is there may not answer.
    """

    command: CommandKind
    noun: str
    answer_within_s: float
    least_apart_s: float
    silence: str

    @property
    def patience_s(self) -> float:
        """How long an answer is waited for."""
        return self.answer_within_s + GRACE_S


@dataclass
class Question(Generic[A]):
    """What somebody waits for."""

    device: str
    name: str
    answer: "Future[A]" = field(default_factory=Future)


class Questions(Generic[A]):
    """All that are open of one kind, at most one to a device.

    Call `ask`, `answered` and the ends of a question on the deciding thread, `wait` on any other.
    """

    def __init__(
        self,
        kind: QuestionKind,
        devices: DeviceStore,
        clock: Clock,
        queue: DecisionQueue,
        outbound: Outbound,
    ) -> None:
        self._kind, self._devices, self._clock = kind, devices, clock
        self._queue, self._outbound = queue, outbound
        self._waiting: dict[str, Question[A]] = {}  # by device
        self._asked_at: dict[str, float] = {}  # monotonic; of the last seconds only

    def ask(self, device: str, order_of: Callable[[str], msgspec.Struct]) -> Question[A]:
        """Ask a device; `order_of` makes the order, by the question's name.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is retired or away.
            TooOftenError: it was asked a moment ago, or many are waited for.
            TransportError: the broker is away.
        """
        self._check_reachable(self._devices.device(device))
        self._check_share(device)
        question = Question[A](device, secrets.token_hex(8))
        command = command_of(
            device,
            self._kind.command,
            order_of(question.name),
            at=self._clock.time(),
            life_s=CLOCKS_APART_S,
        )
        self._waiting[device] = question
        try:
            self._outbound.command(command, expiry_s=int(self._kind.answer_within_s))
        except TransportError:
            del self._waiting[device]
            raise
        self._queue.later(self._kind.patience_s, self._give_up, question)
        return question

    def answered(self, device: str, name: str) -> Question[A] | None:
        """The question that a device answers, which is then open no longer; None: nobody waits."""
        question = self._waiting.get(device)
        if question is None or question.name != name:
            return None
        return self._waiting.pop(device)

    def refuse(self, question: Question[A], reason: str) -> None:
        """The device gives none."""
        text = f"{question.device} gives no {self._kind.noun}: {reason[:LONGEST_REASON]}"
        question.answer.set_exception(ConflictError(text))

    def wait(self, question: Question[A]) -> A:
        """The answer.

        Raises:
            ConflictError: the device gives none, and why; or it did not answer.
            TimeoutError: the controller is busy.
        """
        return question.answer.result(self._kind.patience_s + GRACE_S)

    def _give_up(self, question: Question[A]) -> None:
        if self._waiting.get(question.device) is question:
            del self._waiting[question.device]
            kind = self._kind
            text = (
                f"{question.device} gave no {kind.noun} within {kind.patience_s:.0f} s:"
                f" {kind.silence}"
            )
            question.answer.set_exception(ConflictError(text))

    def _check_reachable(self, record: DeviceRecord) -> None:
        """Raises ConflictError where nobody would answer."""
        if record.retired_at is not None:
            raise ConflictError(f"{record.id} is retired; what comes back enrols under another id")
        if not record.online:
            text = f"{record.id} is not connected; a {self._kind.noun} is of now, so none waits"
            raise ConflictError(text)

    def _check_share(self, device: str) -> None:
        now, apart_s, noun = self._clock.monotonic(), self._kind.least_apart_s, self._kind.noun
        recent = {one: at for one, at in self._asked_at.items() if now - at < apart_s}
        if device in recent or device in self._waiting:
            raise TooOftenError(
                f"{device} was asked for a {noun} a moment ago; it gives one in {apart_s:g} s"
            )
        if len(self._waiting) >= MOST_AT_ONCE:
            raise TooOftenError(
                f"{MOST_AT_ONCE} devices are asked for a {noun} already; try again soon"
            )
        self._asked_at = recent | {device: now}
