"""The device's conversation with the controller, over a road that comes and goes.

Named states: OFFLINE, CONNECTING, ONLINE, BACKOFF, CLOSED. Nothing that is sent while offline is
lost: of retained channels the last message is kept, everything else waits in the outbox until the
controller has it for good.
"""

import logging
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection
from enum import Enum

import msgspec
from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Birth, Command, Confirmed, Envelope, Message, Status
from lamplighter_wire.transport.delivery import PROPERTY, Delivery
from lamplighter_wire.transport.protocol import Transport, Will
from lamplighter_wire.transport.publication import Publication

from lamplighter_agent.errors import AgentError
from lamplighter_agent.link.inbound import TRACE_PROPERTY, Inbound
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.outbox_sender import ACK_WAIT_S, OutboxSender
from lamplighter_agent.link.retained import RetainedMessages

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.5
MAX_BACKOFF_S = 60.0
# When a broker is lost, so it is to all: they come back within this time, not all at once.
RETURN_SPREAD_S = 10.0
# A connection that ends sooner did not last; who comes back each time at once is in somebody's way.
LASTING_S = 30.0
# How long the outbox may rest when nothing wakes it.
IDLE_S = 1.0
SCHEMA_VERSION = 1
# What a device sends while it carries out a decision joins the trace of that decision.
TRACED_CHANNELS = frozenset({"reported", "request"})
HIGH, NORMAL, LOW = 2, 1, 0
PRIORITIES = {"event": HIGH, "request": HIGH, "probe": NORMAL, "telemetry": LOW}


class State(Enum):
    """Where the conversation stands."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    BACKOFF = "backoff"
    CLOSED = "closed"


def backoff_s(attempt: int, rng: random.Random) -> float:
    """Seconds to wait after failed attempt 1, 2, …: doubling, with jitter of half its length."""
    longest = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (min(attempt, 20) - 1))
    return longest * rng.uniform(0.5, 1.0)


class Session:
    """Keeps a device's connection and routes what arrives.

    Handlers are called on the transport's thread and must not block. `step` does one piece of
    work, so that a test can drive the session by hand; `start` gives it a thread of its own.
    """

    def __init__(
        self,
        transport: Transport,
        device: str,
        outbox: Outbox,
        clock: Clock,
        *,
        rng: random.Random | None = None,
    ) -> None:
        self._transport = transport
        self._device = device
        self._outbox = outbox
        self._clock = clock
        self._birth: Callable[[], Birth] = Birth
        self._rng = rng or random.Random(device)  # noqa: S311 - jitter, not a secret
        self._inbound = Inbound(device, clock)
        self._inbound.confirmed = self._on_confirmed
        self._sender = OutboxSender(
            transport,
            device,
            outbox,
            clock,
            self._properties,
            lambda text: self._inbound.drop("refused", text),
        )
        self._online: Callable[[], None] | None = None
        self._retained = RetainedMessages()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._attempt = 0
        self._lost = threading.Event()
        self._anew = threading.Event()
        self._online_at = 0.0  # monotonic
        self._brief = 0  # connections in a row that did not last
        self._known = 0  # the highest number that the controller remembers
        self.state = State.OFFLINE
        self.epoch = 0
        # Whoever has a copy of the disk has another.
        self.run = secrets.token_hex(8)
        transport.on_message(self._inbound.on_message)
        transport.on_disconnect(self._on_lost)

    @property
    def dropped(self) -> Counter[str]:
        """Messages that were not processed, counted by reason."""
        return self._inbound.dropped

    @property
    def under_way(self) -> Collection[int]:
        """Messages that were sent and are not confirmed, by their numbers in the outbox."""
        return self._sender.under_way

    def handle(
        self,
        *,
        birth: Callable[[], Birth] | None = None,
        desired: Callable[[Envelope], None] | None = None,
        configuration: Callable[[Envelope], None] | None = None,
        command: Callable[[Command], None] | None = None,
        blob: Callable[[str, bytes], None] | None = None,
        online: Callable[[], None] | None = None,
    ) -> None:
        """Set handlers. Call before `start`.

        Args:
            birth: gives version, highest revision and variant; the session adds the rest.
            online: is called after each birth.
        """
        self._birth = birth or self._birth
        self._inbound.desired = desired or self._inbound.desired
        self._inbound.configuration = configuration or self._inbound.configuration
        self._inbound.command = command or self._inbound.command
        self._inbound.blob = blob or self._inbound.blob
        self._online = online or self._online

    def start(self) -> None:
        """Run in a thread until `close`."""
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take leave if there is a connection, and end the thread."""
        was_online = self.state is State.ONLINE and self._transport.connected
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(ACK_WAIT_S + IDLE_S)
        if was_online:
            self._publish_leave()
        self._transport.close()
        self.state = State.CLOSED

    def send(self, channel: str, message: Message) -> None:
        """Publish something; returns at once. Numbers it when it has a `seq` field that is 0.

        Retained channels replace what was sent before; all others go through the outbox.

        Raises:
            CodecError, TopicError: the message or its channel is none.
            DiskFullError, AgentError: the outbox cannot keep it.
        """
        topics.up(self._device, channel)
        if channel in topics.RETAINED_CHANNELS:
            self._retained.put(channel, encode(message))
        else:
            priority = PRIORITIES.get(channel, NORMAL)
            self._outbox.put(channel, lambda seq: encode(_numbered(message, seq)), priority)
        self._wake.set()

    def send_now(self, channel: str, message: Message, expiry_s: int = 60) -> Publication:
        """Publish something that is worthless later, such as a request for chunks.

        Raises:
            TransportError: there is no connection.
        """
        return self._transport.publish(
            topics.up(self._device, channel),
            encode(message),
            expiry_s=expiry_s,
            properties=self._properties(channel),
        )

    def reconnect(self) -> None:
        """Connect anew at the next step, as by files that have changed; nobody sees it offline."""
        self._anew.set()
        self._wake.set()

    def step(self) -> float:
        """Do what is due; returns how many seconds to rest before the next step."""
        if self._stop.is_set():
            return IDLE_S
        if self._known > self.epoch and self._transport.connected:
            log.warning("numbers go on behind %d, which the controller remembers", self._known)
            self._transport.close()
        if self._anew.is_set():
            self._anew.clear()
            self._transport.close()
        if not self._transport.connected:
            return self._connect()
        try:
            more = self._flush()
        except TransportError as error:
            log.info("sending stopped: %s", error)
            return FIRST_BACKOFF_S
        except AgentError as error:  # the outbox; what is retained has been sent
            log.error("cannot send what waits: %s", error)
            return IDLE_S
        return 0.0 if more else IDLE_S

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._lost.is_set():
                self._lost.clear()
                self._rest(self.before_return_s())
            self._wake.clear()
            try:
                rest_s = self.step()
            except Exception:  # the device must stay reachable whatever one step ran into
                log.exception("session step failed")
                rest_s = IDLE_S
            if rest_s:
                self._rest(rest_s)

    def before_return_s(self) -> float:
        """How long to wait when a connection was lost."""
        lasted = self._clock.monotonic() - self._online_at >= LASTING_S
        self._brief = 0 if lasted else self._brief + 1
        spread_s = self._rng.uniform(0.0, RETURN_SPREAD_S)
        if self._brief < 3:
            return spread_s
        text = "the last %d connections did not last: does another client use this identity?"
        log.warning(text, self._brief)
        return spread_s + backoff_s(self._brief, self._rng)

    def _rest(self, seconds: float) -> None:
        """Wait; being woken shortens it only while there is a connection to use."""
        deadline = self._clock.monotonic() + seconds
        while not self._stop.is_set():
            left_s = deadline - self._clock.monotonic()
            if left_s <= 0 or (self._wake.wait(left_s) and self._transport.connected):
                return
            self._wake.clear()

    def _connect(self) -> float:
        self.state = State.CONNECTING
        self.epoch = self._next_epoch()
        self._sender.begin(self.epoch)
        will = Will(topics.up(self._device, "status"), encode(self._status(online=False)))
        try:
            self._transport.connect(will)
            self._publish_birth()
        except TransportError as error:
            self._transport.close()  # half a birth is no session
            self._attempt += 1
            rest_s = backoff_s(self._attempt, self._rng)
            self.state = State.BACKOFF
            log.info("no connection (%s); next try in %.1f s", error, rest_s)
            return rest_s
        self._attempt, self._online_at = 0, self._clock.monotonic()
        self.state = State.ONLINE
        log.info("online as %s, epoch %d", self._device, self.epoch)
        if self._online is not None:
            self._online()
        return 0.0

    def _next_epoch(self) -> int:
        try:
            return self._outbox.next_number(above=max(self.epoch, self._known))
        except AgentError as error:
            # A full disk must not keep the device from saying so.
            log.warning("epoch from the clock: %s", error)
            return max(self.epoch + 1, self._known + 1, int(self._clock.time() * 1000))

    def _publish_birth(self) -> None:
        birth = msgspec.structs.replace(
            self._birth(),
            device=self._device,
            epoch=self.epoch,
            at=self._clock.time(),
            run=self.run,
        )
        self._publish_retained("birth", encode(birth), greeting=str(Delivery(self.epoch, 0, 0)))
        self._publish_retained("status", encode(self._status(online=True)))
        self._transport.subscribe(topics.all_down(self._device))
        self._retained.send_again()

    def _publish_leave(self) -> None:
        try:
            self._publish_retained("status", encode(self._status(online=False)), wait_s=2.0)
        except TransportError as error:
            log.info("left without a word: %s", error)

    def _status(self, *, online: bool) -> Status:
        return Status(device=self._device, online=online, epoch=self.epoch, at=self._clock.time())

    def _publish_retained(
        self, channel: str, data: bytes, wait_s: float | None = None, greeting: str = ""
    ) -> None:
        more = {PROPERTY: greeting} if greeting else {}
        self._transport.publish(
            topics.up(self._device, channel),
            data,
            retain=True,
            properties=self._properties(channel) | more,
            wait_s=wait_s,
        )

    def _properties(self, channel: str) -> dict[str, str]:
        """User properties: the schema, and the trace of the decision that is being carried out."""
        schema = {"schema": f"{channel}/{SCHEMA_VERSION}"}
        trace = self._inbound.trace
        return schema | {TRACE_PROPERTY: trace} if trace and channel in TRACED_CHANNELS else schema

    def _flush(self) -> bool:
        """Send what waits; whether there may be more."""
        unsent = self._retained.take_unsent()
        for channel, data in unsent.items():
            try:
                self._publish_retained(channel, data)
            except TransportError:
                self._retained.send_again(list(unsent))
                raise
        return self._sender.flush()

    def _on_confirmed(self, confirmed: Confirmed) -> None:
        self._sender.confirm(confirmed)
        self._known = max(self._known, confirmed.known)
        self._wake.set()

    def _on_lost(self, reason: str) -> None:
        if not self._stop.is_set():
            log.info("connection lost: %s", reason)
            self.state = State.OFFLINE
            self._lost.set()
            self._wake.set()


def _numbered(message: Message, seq: int) -> Message:
    if getattr(message, "seq", None) == 0:
        return msgspec.structs.replace(message, seq=seq)
    return message
