"""One picture for the controller: when it asks, as the device's owner permits it, and in bounds.

Nothing is kept, and nothing that travels can set the owner's switch.
"""

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, Still, StillOrder
from lamplighter_wire.policy.still_limits import (
    ANSWER_WITHIN_S,
    LEAST_APART_S,
    MOST_AN_HOUR,
    StillPrivacy,
)
from lamplighter_wire.tasks.task import Answer
from lamplighter_wire.words import device_events

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.device.on_request.request_share import RequestShare
from lamplighter_agent.device.stills.making import addressed, make_still, refused_still
from lamplighter_agent.errors import SourceError
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

SendNow = Callable[[Still], object]


@dataclass(frozen=True)
class _Asked:
    """An order, and until when its answer is of use (monotonic seconds)."""

    order: StillOrder
    until: float


class StillSharing:
    """Answers each order once, one at a time.

    `receive` is called on the reporter's thread, `offer` on those of the cameras.
    """

    def __init__(
        self, settings: AgentSettings, clock: Clock, send_now: SendNow, reporter: Reporter
    ) -> None:
        self._settings, self._clock = settings, clock
        self._send_now, self._reporter = send_now, reporter
        self._privacy = StillPrivacy(settings.stills)
        self._lock = threading.Lock()
        self._asked: _Asked | None = None
        self._share = RequestShare(clock, LEAST_APART_S, MOST_AN_HOUR)

    def receive(self, command: Command) -> None:
        """Refuse at once, or take the camera's next frame."""
        try:
            order = msgspec.convert(command.data, StillOrder)
        except msgspec.ValidationError as error:
            self._refuse(StillOrder(), f"the order is malformed: {error}", told=self._share.take())
            return
        has_room = self._share.take()
        reason = refusal(order, self._privacy, self._settings.streams)
        if reason or not has_room:
            # Who asks on and on fills no log of events.
            self._refuse(order, reason or self._share.words, told=has_room)
            return
        with self._lock:
            self._asked = _Asked(order, self._clock.monotonic() + ANSWER_WITHIN_S)

    def offer(self, frame: Frame, answer: Answer, stream: str) -> None:
        """A served frame and what was found in it; returns at once."""
        with self._lock:
            asked = self._asked
            if asked is None or asked.order.stream not in ("", stream):
                return
            self._asked = None
        if self._clock.monotonic() <= asked.until:
            self._reporter.later(lambda: self._give(asked.order, frame, answer, stream))

    def _give(self, order: StillOrder, frame: Frame, answer: Answer, stream: str) -> None:
        try:
            still = make_still(frame, answer, self._privacy)
        except SourceError as error:
            self._refuse(order, str(error), told=True)
            return
        if self._send(still, order, stream):
            text = device_events.still_sent(still.privacy)
            data = {"order": order.order, "privacy": still.privacy, "blurred": still.blurred}
            self._reporter.event(EventKind.STILL_SENT, Severity.INFO, text, data, stream)

    def _refuse(self, order: StillOrder, reason: str, *, told: bool) -> None:
        self._send(refused_still(reason), order, order.stream)
        if told:
            text = device_events.still_refused(reason)
            data = {"order": order.order, "reason": reason}
            self._reporter.event(
                EventKind.STILL_REFUSED, Severity.WARNING, text, data, order.stream
            )

    def _send(self, still: Still, order: StillOrder, stream: str) -> bool:
        now, device = self._clock.time(), self._settings.device
        try:
            self._send_now(addressed(still, device, stream, order.order, now))
        except TransportError as error:
            log.info("a still is left out: %s", error)
            return False
        return True


def refusal(order: StillOrder, privacy: StillPrivacy, streams: Collection[str]) -> str:
    """Why a device gives no still; empty: it does. Pure."""
    if privacy is StillPrivacy.OFF:
        return "stills is off in the settings of this device; only its owner can permit them there"
    known = ", ".join(sorted(streams))
    if order.stream and order.stream not in streams:
        return f"it has no camera {order.stream!r}; it has: {known}"
    if not order.stream and len(streams) > 1:
        return f"it has several cameras; name one of: {known}"
    return ""
