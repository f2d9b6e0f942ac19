"""What the agent publishes by itself, on a thread of its own: no other thread waits for it."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import (
    EventKind,
    Outcome,
    RequestKind,
    Severity,
    SourceState,
    TriggerKind,
)
from lamplighter_wire.errors import WireError
from lamplighter_wire.messages import (
    Event,
    Message,
    OperatingPoint,
    Reported,
    Request,
    Shift,
    Telemetry,
)
from lamplighter_wire.words import device_events
from lamplighter_wire.words.outcomes import outcome_sentence

from lamplighter_agent.errors import AgentError
from lamplighter_agent.link.session import Session

log = logging.getLogger(__name__)

# What waits for the reporter's thread; more than this means that it hangs.
MAX_WAITING = 1000
TICK_S = 0.5


class Reporter:
    """Publishes through the session. Safe to use from any thread.

    `run` is the body of its thread; `flush` does what is left when that has ended. `conceal` takes
    out of texts what nobody may read there.
    """

    def __init__(
        self, session: Session, device: str, clock: Clock, conceal: Callable[[str], str] = str
    ) -> None:
        self._session, self._device, self._clock = session, device, clock
        self._conceal = conceal
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(MAX_WAITING)
        self._last_end: tuple[int, str] = (0, "")  # revision and outcome

    def run(self, stop: threading.Event) -> None:
        """Do what comes, until `stop`."""
        while not stop.is_set():
            try:
                work = self._waiting.get(timeout=TICK_S)
            except queue.Empty:
                continue
            work()

    def flush(self) -> None:
        """Do what waits."""
        while not self._waiting.empty():
            self._waiting.get_nowait()()

    def later(self, work: Callable[[], None]) -> bool:
        """Have the reporter's thread do something that takes time. It must not raise.

        Returns:
            Whether it will be done: too much may wait already.
        """
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            log.error("a message is lost: the reporter's thread does not keep up")
            return False
        return True

    def publish(self, channel: str, message: Message) -> None:
        """Hand a message to the session at once; what cannot be kept for sending is logged."""
        try:
            self._session.send(channel, message)
        except (AgentError, WireError) as error:
            log.error("cannot publish %s: %s", channel, error)

    def report(self, reported: Reported) -> None:
        """How the deployment stands; its end is published as an event as well."""
        self.publish("reported", reported)
        end = (reported.revision, reported.outcome)
        if reported.outcome and end != self._last_end:
            self._last_end = end
            severity = Severity.INFO if reported.outcome is Outcome.COMMITTED else Severity.WARNING
            text = outcome_sentence(reported)
            self.event(EventKind.DEPLOYMENT, severity, text, _end_data(reported))

    def event(
        self,
        kind: EventKind,
        severity: Severity,
        text: str,
        data: dict[str, Any],
        stream: str = "",
    ) -> None:
        """Something happened, on one stream or on the device."""
        log.info("%s: %s", kind, text, extra={"stream": stream} if stream else None)
        event = Event(
            device=self._device,
            stream=stream,
            at=self._clock.time(),
            kind=kind,
            severity=severity,
            text=self._conceal(text),
            data=data,
        )
        self.later(lambda: self.publish("event", event))

    def source_state(self, state: str, stream: str = "", reason: str = "") -> None:
        """A camera is lost, and why, or has ended, or is back (see SourceState)."""
        text = device_events.source(state, stream, reason)
        if state == SourceState.OK:
            self.event(EventKind.SOURCE_BACK, Severity.INFO, text, {}, stream)
        else:
            data = {"state": state, "reason": reason}
            self.event(EventKind.SOURCE_LOST, Severity.WARNING, text, data, stream)

    def telemetry(self, window: Telemetry) -> None:
        """A window of measurements."""
        self.later(lambda: self.publish("telemetry", window))

    def request_recompression(
        self,
        trigger: TriggerKind,
        revision: int,
        *,
        stream: str = "",
        shift: Shift | None = None,
        answered_by: OperatingPoint | None = None,
        served: OperatingPoint | None = None,
    ) -> None:
        """Ask the controller for what fits better.

        Args:
            revision: the highest one seen.
            stream: what asks for it.
            answered_by: the point that the device has stepped to by itself; `served` came before.
        """
        request = Request(
            device=self._device,
            stream=stream,
            at=self._clock.time(),
            kind=RequestKind.RECOMPRESS,
            trigger=trigger,
            shift=shift,
            answered_by=answered_by,
            served=served,
            revision=revision,
        )
        self.later(lambda: self.publish("request", request))


def _end_data(reported: Reported) -> dict[str, Any]:
    return {
        "revision": reported.revision,
        "outcome": reported.outcome,
        "reason": reported.reason,
        "variant": reported.variant,
        "detail": reported.detail,
    }
