"""What arrives at a device: routed when it is in order, otherwise counted, logged and dropped."""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable

from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode_channel
from lamplighter_wire.errors import WireError
from lamplighter_wire.messages import Command, Confirmed, Envelope, Message
from lamplighter_wire.transport.protocol import Received

log = logging.getLogger(__name__)

# Commands come with QoS 1, hence perhaps twice.
REMEMBERED_COMMANDS = 128
TRACE_PROPERTY = "traceparent"


class Inbound:
    """Checks and routes messages; `dropped` counts by reason those that were not in order."""

    def __init__(self, device: str, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._seen_commands: OrderedDict[str, None] = OrderedDict()
        self.desired: Callable[[Envelope], None] | None = None
        self.configuration: Callable[[Envelope], None] | None = None
        self.command: Callable[[Command], None] | None = None
        self.confirmed: Callable[[Confirmed], None] | None = None
        self.blob: Callable[[str, bytes], None] | None = None
        self.dropped: Counter[str] = Counter()
        self.trace = ""  # of the last desired state

    def on_message(self, message: Received) -> None:
        sha = topics.parse_blob(message.topic)
        if sha is None:
            self._on_down(message)
        elif self.blob is not None:
            self.blob(sha, message.payload)

    def drop(self, why: str, text: str) -> None:
        """Count and log a message that is not processed."""
        self.dropped[why] += 1
        log.warning("message dropped, %s: %s", why, text)

    def _on_down(self, message: Received) -> None:
        try:
            address = topics.parse(message.topic)
            if (address.device, address.direction) != (self._device, "down"):
                self.drop("misaddressed", f"{message.topic} is not for {self._device}")
                return
            decoded = decode_channel(address.channel, message.payload)
        except WireError as error:
            self.drop("malformed", f"{message.topic}: {error}")
            return
        if address.channel == "desired":
            self.trace = message.properties.get(TRACE_PROPERTY, "")
        self._route(address.channel, decoded)

    def _route(self, channel: str, message: Message) -> None:
        if isinstance(message, Envelope):
            signed = self.desired if channel == "desired" else self.configuration
            if signed is not None:
                signed(message)
        elif isinstance(message, Confirmed) and self.confirmed is not None:
            self.confirmed(message)
        elif isinstance(message, Command) and self._is_due(message) and self.command is not None:
            self.command(message)

    def _is_due(self, command: Command) -> bool:
        """False for commands of others, expired ones, and ones that came before."""
        if command.device != self._device:
            self.drop("misaddressed", f"command {command.id[:40]} is for {command.device[:40]!r}")
        elif 0 < command.expires_at <= self._clock.time():
            self.drop("expired", f"command {command.id[:40]} has expired")
        elif command.id in self._seen_commands:
            self.drop("duplicate", f"command {command.id[:40]} came again")
        else:
            self._seen_commands[command.id] = None
            if len(self._seen_commands) > REMEMBERED_COMMANDS:
                self._seen_commands.popitem(last=False)
            return True
        return False
