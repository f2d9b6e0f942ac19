"""Stills: one picture of a device for each request. They pass through memory and are kept nowhere.

What of a picture leaves the device is its owner's switch, which the device alone obeys.
"""

import logging
import secrets
from concurrent.futures import Future
from dataclasses import dataclass, field

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, Still, StillOrder
from lamplighter_wire.policy.still_limits import ANSWER_WITHIN_S, LEAST_APART_S, is_still

from lamplighter_controller.errors import ConflictError, TooOftenError
from lamplighter_controller.link.orders import SILENCE, command_of
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord

log = logging.getLogger(__name__)

# Each waits on a thread of the API, of which others want some too.
MOST_AT_ONCE = 8
GRACE_S = 3.0  # for the way there and back
PATIENCE_S = ANSWER_WITHIN_S + GRACE_S
# By the device's clock, which may be wrong; the broker ends an order by its own.
CLOCKS_APART_S = 3600.0
LONGEST_REASON = 300


@dataclass
class Request:
    """A still that somebody waits for."""

    device: str
    name: str
    answer: "Future[Still]" = field(default_factory=Future)


class Stills:
    """Call `ask` and `receive` on the deciding thread, `wait` on any other."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        outbound: Outbound,
    ) -> None:
        self._devices, self._clock, self._queue = devices, clock, queue
        self._events, self._outbound = events, outbound
        self._waiting: dict[str, Request] = {}  # by device
        self._asked_at: dict[str, float] = {}  # monotonic; of the last seconds only

    def ask(self, device: str, stream: str, by: str) -> Request:
        """Ask a device for one still.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is retired or away.
            TooOftenError: it was asked a moment ago, or many are waited for.
            TransportError: the broker is away.
        """
        _check_reachable(self._devices.device(device))
        self._check_share(device)
        request = Request(device, secrets.token_hex(8))
        order = StillOrder(order=request.name, stream=stream)
        self._waiting[device] = request
        try:
            self._outbound.command(self._command(device, order), expiry_s=int(ANSWER_WITHIN_S))
        except TransportError:
            del self._waiting[device]
            raise
        text = device_sentences.still_asked(device, by)
        self._events.add(ControllerEvent.STILL_ASKED, text, device=device, stream=stream, by=by)
        self._queue.later(PATIENCE_S, self._give_up, request)
        return request

    def receive(self, device: str, still: Still) -> None:
        """The answer of a device; what nobody waits for is dropped."""
        request = self._waiting.get(device)
        if request is None or still.order != request.name:
            log.warning("a still is dropped: nobody waits for it", extra={"device": device})
            return
        del self._waiting[device]
        if still.refused:
            reason = still.refused[:LONGEST_REASON]
            request.answer.set_exception(ConflictError(f"{device} gives no still: {reason}"))
        elif not is_still(still.jpeg, still.preview, still.preview_width, still.preview_height):
            request.answer.set_exception(ConflictError(f"what {device} sent is no still"))
        else:
            request.answer.set_result(still)

    def wait(self, request: Request) -> Still:
        """The answer.

        Raises:
            ConflictError: the device gives none, and why; or it did not answer.
            TimeoutError: the controller is busy.
        """
        return request.answer.result(PATIENCE_S + GRACE_S)

    def _give_up(self, request: Request) -> None:
        if self._waiting.get(request.device) is request:
            del self._waiting[request.device]
            text = f"{request.device} gave no still within {PATIENCE_S:.0f} s: {SILENCE}"
            request.answer.set_exception(ConflictError(text))

    def _check_share(self, device: str) -> None:
        now = self._clock.monotonic()
        recent = {one: at for one, at in self._asked_at.items() if now - at < LEAST_APART_S}
        if device in recent or device in self._waiting:
            raise TooOftenError(
                f"{device} was asked for a still a moment ago; it gives one in {LEAST_APART_S:g} s"
            )
        if len(self._waiting) >= MOST_AT_ONCE:
            raise TooOftenError(f"{MOST_AT_ONCE} stills are waited for already; try again soon")
        self._asked_at = recent | {device: now}

    def _command(self, device: str, order: StillOrder) -> Command:
        return command_of(
            device, CommandKind.STILL, order, at=self._clock.time(), life_s=CLOCKS_APART_S
        )


def _check_reachable(record: DeviceRecord) -> None:
    """Raises ConflictError where nobody would answer."""
    if record.retired_at is not None:
        raise ConflictError(f"{record.id} is retired; what comes back enrols under another id")
    if not record.online:
        raise ConflictError(f"{record.id} is not connected; a still is of now, so none waits")
