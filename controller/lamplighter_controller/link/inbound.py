"""From topics to services: what is no proper message of its device is counted and dropped."""

import collections
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import MAX_MESSAGE_BYTES, decode_channel
from lamplighter_wire.errors import CodecError, TopicError
from lamplighter_wire.messages import Message
from lamplighter_wire.transport.protocol import Received

from lamplighter_controller.link.intake.confirmations import Confirmations
from lamplighter_controller.link.intake.figures import FigureError, without_impossible

log = logging.getLogger(__name__)

# A device gone wild must not fill the disk with log lines; the counter still counts.
LOG_LINES_PER_MINUTE = 20

# Messages that wait here to be handled, 3 to 4 kB each: about 200 MB. Ten thousand devices that
# come at once say 50,000; who is held up reads no acknowledgements, so orders wait as well.
# mosquitto 2.0 sends on whatever the Receive Maximum says.
MOST_UNHANDLED = 60_000
# The connection's thread must not be held up for as long as the broker waits for a sign of life.
LONGEST_HOLD_S = 5.0

REASONS = (
    "topic",
    "oversized",
    "malformed",
    "misaddressed",
    "unknown_device",
    "empty",
    "impossible",
)
Done = Callable[[], None]
ServiceHandler = Callable[[str, Any, Done], None]


class Drops:
    """Counts of dropped messages by reason, for metrics."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self._minute = 0
        self._lines: collections.Counter[str] = collections.Counter()

    def counts(self) -> dict[str, int]:
        with self._lock:
            return {reason: self._counts[reason] for reason in REASONS}

    def drop(self, reason: str, topic: str, detail: str) -> None:
        if self._count(reason, topic):
            log.warning(
                "message dropped: %s",
                detail,
                extra={"reason": reason, "topic": topic[:120]},
            )

    def _count(self, reason: str, topic: str) -> bool:
        """Count it; whether a line may be logged."""
        source = topic[:60]
        with self._lock:
            self._counts[reason] += 1
            minute = int(self._clock.monotonic() // 60)
            if minute != self._minute:
                self._minute = minute
                self._lines.clear()
            self._lines[source] += 1
            return self._lines[source] <= LOG_LINES_PER_MINUTE


class Backlog:
    """Messages that are not handled yet. While they are too many, whoever reads them is held up:
    what is not read, the broker keeps."""

    def __init__(self, most: int = MOST_UNHANDLED, longest_s: float = LONGEST_HOLD_S) -> None:
        self._most, self._longest_s = most, longest_s
        self._count = 0
        self._fewer = threading.Condition()

    def admit(self, done: Done) -> Done:
        """Wait for room, but not for ever; returns what says that the message is handled."""
        with self._fewer:
            self._fewer.wait_for(lambda: self._count < self._most, self._longest_s)
            self._count += 1

        def handled() -> None:
            with self._fewer:
                self._count -= 1
                self._fewer.notify()
            done()

        return handled


class Inbound:
    """Parses, checks and hands on.

    Handlers get the device's id, its message, and what to call when it is handled.
    """

    def __init__(
        self,
        handlers: Mapping[str, ServiceHandler],
        is_known: Callable[[str], bool],
        drops: Drops,
        backlog: Backlog | None = None,
        confirmations: Confirmations | None = None,
    ) -> None:
        self._handlers = handlers
        self._confirmations = confirmations
        self._backlog = backlog or Backlog()
        self._is_known = is_known
        self._drops = drops

    def __call__(self, received: Received) -> None:
        """Never raises for what a device may send."""
        try:
            address = topics.parse(received.topic)
        except TopicError as error:
            self._drops.drop("topic", received.topic, str(error))
            received.done()
            return
        done = self._confirming(address.device, received)
        message = self._message(address, received)
        if message is not None and address.channel in self._handlers:
            self._handlers[address.channel](address.device, message, self._backlog.admit(done))
        else:
            done()

    def _confirming(self, device: str, received: Received) -> Done:
        """What says that a message is done, also to its device where that asks for it."""
        if self._confirmations is None or not self._is_known(device):
            return received.done
        return self._confirmations.expect(device, received)

    def _message(self, address: topics.Address, received: Received) -> Message | None:
        reason, detail = self._flaw(address, received)
        if reason:
            self._drops.drop(reason, received.topic, detail)
            return None
        try:
            message = decode_channel(address.channel, received.payload)
        except CodecError as error:
            self._drops.drop("malformed", received.topic, str(error)[:300])
            return None
        named = getattr(message, "device", "")
        if named != address.device:
            detail = f"the message names {named[:60]!r}, the topic {address.device!r}"
            self._drops.drop("misaddressed", received.topic, detail)
            return None
        return self._possible(message, received.topic)

    def _possible(self, message: Message, topic: str) -> Message | None:
        try:
            possible, flaws = without_impossible(message)
        except FigureError as error:
            self._drops.drop("impossible", topic, str(error))
            return None
        if flaws:
            fields = ", ".join(sorted(set(flaws)))[:200]
            self._drops.drop("impossible", topic, f"taken without {fields}, which cannot be")
        return possible

    def _flaw(self, address: topics.Address, received: Received) -> tuple[str, str]:
        size = len(received.payload)
        if address.direction != "up":
            return "topic", "not a topic that devices write"
        if size == 0:
            return "empty", "an emptied retained message"
        if size > MAX_MESSAGE_BYTES:
            return "oversized", f"{size} bytes, at most {MAX_MESSAGE_BYTES} are allowed"
        if not self._is_known(address.device):
            return "unknown_device", f"{address.device} is not enrolled or is retired"
        return "", ""
