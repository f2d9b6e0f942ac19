"""Pictures for the controller: only when it asks, the device's owner permits it, and in bounds.

Nothing is kept: what cannot be sent when it is taken is not sent at all.
"""

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, Picture, PictureOrder
from lamplighter_wire.policy.picture_limits import (
    LEAST_INTERVAL_S,
    LONGEST_INTERVAL_S,
    MOST_PICTURES,
)
from lamplighter_wire.transport.publication import Publication
from lamplighter_wire.words import device_events

from lamplighter_agent.camera.encoding import jpeg_of
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import SourceError
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

SendNow = Callable[[Picture], Publication]


@dataclass
class _UnderWay:
    """An order, how much of it is left, and when each camera is due (monotonic seconds).

    `is_waiting`: a frame waits for the reporter's thread, which may be at work for minutes.
    """

    order: PictureOrder
    left: int
    due: dict[str, float] = field(default_factory=dict)
    last: Publication | None = None
    is_waiting: bool = False


class PictureSharing:
    """Carries one order out at a time; a newer one takes its place.

    `receive` is called on the reporter's thread, `offer` on those of the cameras.
    """

    def __init__(
        self, settings: AgentSettings, clock: Clock, send_now: SendNow, reporter: Reporter
    ) -> None:
        self._settings, self._clock = settings, clock
        self._send_now, self._reporter = send_now, reporter
        self._lock = threading.Lock()
        self._under_way: _UnderWay | None = None

    def receive(self, command: Command) -> None:
        """Begin, end, or refuse; each of them is told in an event."""
        try:
            order = msgspec.convert(command.data, PictureOrder)
        except msgspec.ValidationError as error:
            self._refuse(PictureOrder(), f"the order is malformed: {error}")
            return
        self._end()
        if order.count == 0:
            return
        reason = refusal(order, self._settings.share_pictures, self._settings.streams)
        if reason:
            self._refuse(order, reason)
            return
        text = device_events.pictures_asked(order.count, order.interval_s)
        self._publish(EventKind.PICTURES, Severity.INFO, text, order, count=order.count)
        with self._lock:
            self._under_way = _UnderWay(order, order.count)

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on; what is no longer permitted ends."""
        self._settings = settings
        if not settings.share_pictures:
            self._end()

    def offer(self, frame: Frame, stream: str) -> None:
        """A frame of a camera; returns at once. It is sent if one is due and the last has gone."""
        with self._lock:
            under_way = self._under_way
            if under_way is None or not self._is_due(under_way, stream):
                return
            under_way.due[stream] = self._clock.monotonic() + under_way.order.interval_s
            under_way.is_waiting = self._reporter.later(
                lambda: self._send(under_way, frame, stream)
            )

    def _is_due(self, under_way: _UnderWay, stream: str) -> bool:
        """One at a time: the next waits until the broker has the last."""
        if under_way.is_waiting or under_way.order.stream not in ("", stream):
            return False
        if under_way.last is not None and not under_way.last.is_settled:
            return False
        return self._clock.monotonic() >= under_way.due.get(stream, 0.0)

    def _send(self, under_way: _UnderWay, frame: Frame, stream: str) -> None:
        with self._lock:
            under_way.is_waiting = False
            if under_way is not self._under_way:
                return
        order = under_way.order
        try:
            jpeg = jpeg_of(frame)
            picture = Picture(
                device=self._settings.device,
                stream=stream,
                order=order.order,
                at=self._clock.time(),
                jpeg=jpeg,
            )
            publication = self._send_now(picture)
        except (SourceError, TransportError) as error:
            log.info("a picture is left out: %s", error)
            return
        with self._lock:
            under_way.last = publication
            under_way.left -= 1
        if under_way.left <= 0:
            self._end()

    def _end(self) -> None:
        """No more pictures of what was under way."""
        with self._lock:
            ended, self._under_way = self._under_way, None
        if ended is not None:
            sent = ended.order.count - ended.left
            text = device_events.pictures_sent(sent)
            self._publish(EventKind.PICTURES_SENT, Severity.INFO, text, ended.order, count=sent)

    def _refuse(self, order: PictureOrder, reason: str) -> None:
        text = device_events.pictures_refused(reason)
        self._publish(EventKind.PICTURES_REFUSED, Severity.WARNING, text, order, reason=reason)

    def _publish(
        self, kind: EventKind, severity: Severity, text: str, order: PictureOrder, **data: object
    ) -> None:
        self._reporter.event(kind, severity, text, {"order": order.order, **data}, order.stream)


def refusal(order: PictureOrder, permitted: bool, streams: Collection[str]) -> str:
    """Why a device sends no pictures; empty: it does. Pure."""
    if not permitted:
        return "share_pictures is off in the settings of this device"
    if order.stream and order.stream not in streams:
        return f"it has no camera {order.stream!r}; it has: {', '.join(sorted(streams))}"
    if not 0 < order.count <= MOST_PICTURES:
        return f"{order.count} pictures; a device sends 1 to {MOST_PICTURES}"
    if not LEAST_INTERVAL_S <= order.interval_s <= LONGEST_INTERVAL_S:
        return (
            f"one in {order.interval_s:g} s; a device sends one in"
            f" {LEAST_INTERVAL_S:g} to {LONGEST_INTERVAL_S:g} s"
        )
    return ""
