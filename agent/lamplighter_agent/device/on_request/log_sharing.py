"""The newest lines of the log for the controller: when it asks, unless the owner says no."""

import logging
from collections.abc import Callable, Sequence

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, DeviceLog, LogLine, LogOrder
from lamplighter_wire.policy.log_limits import (
    LEAST_APART_S,
    LEVELS,
    MOST_AN_HOUR,
    MOST_TEXT_BYTES,
)

from lamplighter_agent.device.on_request.request_share import RequestShare
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

SendNow = Callable[[DeviceLog], object]
Logged = Callable[[], Sequence[LogLine]]
OFF = "share_log is off in the settings of this device; only its owner can permit it there"


class LogSharing:
    """Answers each order once. `read` gives the lines that are remembered, oldest first."""

    def __init__(
        self,
        settings: AgentSettings,
        clock: Clock,
        send_now: SendNow,
        read: Logged,
    ) -> None:
        self._settings, self._clock = settings, clock
        self._send_now, self._read = send_now, read
        self._share = RequestShare(clock, LEAST_APART_S, MOST_AN_HOUR)

    def receive(self, command: Command) -> None:
        """Answer at once: what happened up to now."""
        try:
            order = msgspec.convert(command.data, LogOrder)
        except msgspec.ValidationError as error:
            self._send(DeviceLog(refused=f"the order is malformed: {error}"), "")
            return
        if not self._settings.share_log:
            self._send(DeviceLog(refused=OFF), order.order)
        elif not self._share.take():
            self._send(DeviceLog(refused=self._share.words), order.order)
        else:
            self._send(answer(self._read(), order), order.order)

    def _send(self, answer: DeviceLog, order: str) -> None:
        device, now = self._settings.device, self._clock.time()
        try:
            self._send_now(msgspec.structs.replace(answer, device=device, order=order, at=now))
        except TransportError as error:
            log.info("lines of the log are left out: %s", error)


def answer(known: Sequence[LogLine], order: LogOrder) -> DeviceLog:
    """The newest lines that an order asks for, as many as have room. Pure."""
    least = LEVELS.index(order.level)
    meant = [line for line in known if _rank(line.level) >= least]
    wanted = meant[-order.lines :]
    given, room = list[LogLine](), MOST_TEXT_BYTES
    for line in reversed(wanted):
        room -= len(line.text.encode())
        if room < 0:
            break
        given.append(line)
    return DeviceLog(
        lines=given[::-1],
        since=known[0].at if known else 0.0,
        left_out=len(wanted) - len(given),
    )


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)
