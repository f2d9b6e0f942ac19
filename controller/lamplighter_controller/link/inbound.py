"""From topics to services: what is no proper message of its device is counted and dropped."""

import collections
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode_channel
from lamplighter_wire.errors import CodecError, TopicError
from lamplighter_wire.messages import Message
from lamplighter_wire.transport.protocol import Received

from lamplighter_controller.link.intake.confirmations import Confirmations
from lamplighter_controller.link.intake.figures import FigureError, without_impossible
from lamplighter_controller.link.intake.words import with_clean_words
from lamplighter_controller.link.quotas.fair_shares import FairShares
from lamplighter_controller.link.quotas.misconduct import Misconduct

log = logging.getLogger(__name__)

# Of each device: one gone wild must not fill the disk with log lines; the counter still counts.
LOG_LINES_PER_MINUTE = 5
# Several times what an honest device says on a channel.
MOST_BYTES = {
    "birth": 4 * 1024,
    "status": 4 * 1024,
    "capabilities": 32 * 1024,
    "probe": 64 * 1024,
    "reported": 64 * 1024,
    "telemetry": 32 * 1024,
    "event": 16 * 1024,
    "request": 16 * 1024,
    "picture": 128 * 1024,
    "still": 224 * 1024,
    "log": 192 * 1024,
}

# Messages that wait here to be handled, 3 to 4 kB each: about 200 MB. Ten thousand devices that
# come at once say 50,000; who is held up reads no acknowledgements, so orders wait as well.
# mosquitto 2.0 sends on whatever the Receive Maximum says.
MOST_UNHANDLED = 60_000
# The connection's thread must not be held up for as long as the broker waits for a sign of life.
LONGEST_HOLD_S = 5.0

# Why a message is dropped, and what an operator is told of a device that sends such.
REASONS = {
    "topic": "messages on topics that are not a device's",
    "oversized": "messages that are too large",
    "malformed": "messages that cannot be read",
    "misaddressed": "messages in another's name",
    "unknown_device": "messages of a device that is not enrolled",
    "empty": "empty messages",
    "stray": "messages left at the broker",
    "impossible": "figures that cannot be",
    "unclean": "texts with control characters or too many entries",
}
# An operator empties what is retained of a device, and no device is to blame.
BLAMELESS = frozenset({"empty", "unknown_device"})
Done = Callable[[], None]
ServiceHandler = Callable[[str, Any, Done], None]


class Drops:
    """Counts of dropped messages by reason, for metrics; whose they were, for operators."""

    def __init__(self, clock: Clock, misconduct: Misconduct | None = None) -> None:
        self._clock = clock
        self._misconduct = misconduct or Misconduct()
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self._minute = 0
        self._lines: collections.Counter[str] = collections.Counter()  # of this minute
        self._unsaid: collections.Counter[str] = collections.Counter()  # since the last line

    def counts(self) -> dict[str, int]:
        with self._lock:
            return {reason: self._counts[reason] for reason in REASONS}

    def drop(self, reason: str, topic: str, detail: str, device: str = "") -> None:
        """`device`: whom the broker knows as the sender; empty: none of ours."""
        if device and reason not in BLAMELESS:
            self._misconduct.note(device, REASONS[reason], self._clock.monotonic())
        unsaid = self._count(reason, device)
        if unsaid is not None:
            more = f" (and {unsaid} more of it since the last such line)" if unsaid else ""
            log.warning(
                "message dropped: %s%s",
                detail,
                more,
                extra={"reason": reason, "topic": topic[:120]},
            )

    def _count(self, reason: str, source: str) -> int | None:
        """Count it; how many were not logged since the last line, None where it is one of them."""
        with self._lock:
            self._counts[reason] += 1
            minute = int(self._clock.monotonic() // 60)
            if minute != self._minute:
                self._minute = minute
                self._lines.clear()
            self._lines[source] += 1
            if self._lines[source] > LOG_LINES_PER_MINUTE:
                self._unsaid[source] += 1
                return None
            return self._unsaid.pop(source, 0)


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

    Handlers get the device's id, its message, and what to call when it is handled. What is beyond a
    device's share is done with at once: what waits here would hold up the answers to all others.
    What is retained on a channel that is not of state is cleared by `clear`, given its topic.
    """

    def __init__(
        self,
        handlers: Mapping[str, ServiceHandler],
        is_known: Callable[[str], bool],
        drops: Drops,
        backlog: Backlog | None = None,
        confirmations: Confirmations | None = None,
        shares: FairShares | None = None,
        clear: Callable[[str], None] = lambda _topic: None,
    ) -> None:
        self._handlers = handlers
        self._shares = shares
        self._clear = clear
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
        # Before it is parsed, which takes most of the time that a message does here.
        if self._has_room(address, received):
            self._take(address, received, done)
        else:
            done()

    def _has_room(self, address: topics.Address, received: Received) -> bool:
        if self._shares is None or not self._is_known(address.device):
            return True

        def take_later() -> None:
            self._take(address, received, _nothing)

        return self._shares.admit(address.device, address.channel, take_later)

    def _take(self, address: topics.Address, received: Received, done: Done) -> None:
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
        if reason == "stray":
            self._clear(received.topic)
        if reason:
            device = "" if reason in BLAMELESS else address.device
            self._drops.drop(reason, received.topic, detail, device)
            return None
        try:
            message = decode_channel(address.channel, received.payload)
            return self._cleaned(message, address, received.topic)
        except CodecError as error:
            self._drops.drop("malformed", received.topic, str(error)[:300], address.device)
        except FigureError as error:
            self._drops.drop("impossible", received.topic, str(error), address.device)
        return None

    def _cleaned(self, message: Message, address: topics.Address, topic: str) -> Message | None:
        """Raises FigureError when the whole message is of no use."""
        named = getattr(message, "device", "")
        if named != address.device:
            detail = f"the message names {named[:60]!r}, the topic {address.device!r}"
            self._drops.drop("misaddressed", topic, detail, address.device)
            return None
        # Words first: figures are looked at as deep as they go.
        clean, unclean = with_clean_words(message)
        possible, impossible = without_impossible(clean)
        for reason, flaws in (("unclean", unclean), ("impossible", impossible)):
            if flaws:
                fields = ", ".join(sorted(set(flaws)))[:200]
                detail = f"taken without what cannot be in {fields}"
                self._drops.drop(reason, topic, detail, address.device)
        return possible

    def _flaw(self, address: topics.Address, received: Received) -> tuple[str, str]:
        size = len(received.payload)
        if address.direction != "up":
            return "topic", "not a topic that devices write"
        if size == 0:
            return "empty", "an emptied retained message"
        if not self._is_known(address.device):
            return "unknown_device", f"{address.device} is not enrolled or is retired"
        if received.retained and address.channel not in topics.RETAINED_CHANNELS:
            return "stray", "left at the broker for good, which is for state only; it is cleared"
        if size > (most := MOST_BYTES[address.channel]):
            return "oversized", f"{size} bytes, at most {most} are allowed"
        return "", ""


def _nothing() -> None:
    """It was done with when it came."""
