"""From the outbox to the broker: in batches, as far as the controller confirms what was sent."""

from collections.abc import Callable, Collection

from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import RefusedError
from lamplighter_wire.messages import Confirmed
from lamplighter_wire.transport.delivery import PROPERTY
from lamplighter_wire.transport.protocol import Publisher
from lamplighter_wire.transport.publication import Publication

from lamplighter_agent.link.deliveries import MAX_RESEND_S, Deliveries
from lamplighter_agent.link.outbox import Entry, Outbox

# Sent in one go and acknowledged together; below the smallest Receive Maximum in use.
BATCH = 16
ACK_WAIT_S = 15.0


class OutboxSender:
    """Empties the outbox. `flush` is called on one thread, `confirm` on any.

    Args:
        properties: user properties of a channel's messages.
        refused: is told of a message that the broker does not permit; it would not do so again.
    """

    def __init__(
        self,
        publisher: Publisher,
        device: str,
        outbox: Outbox,
        clock: Clock,
        properties: Callable[[str], dict[str, str]],
        refused: Callable[[str], None],
    ) -> None:
        self._publisher, self._device, self._outbox = publisher, device, outbox
        self._clock, self._properties, self._refused = clock, properties, refused
        self._deliveries = Deliveries()

    @property
    def under_way(self) -> Collection[int]:
        """Messages that were sent and are not confirmed, by their numbers in the outbox."""
        return self._deliveries.under_way()

    def begin(self, epoch: int) -> None:
        """A session begins."""
        self._deliveries.begin(epoch)

    def confirm(self, confirmed: Confirmed) -> None:
        """The controller has spoken; what it confirms is forgotten at the next flush."""
        if confirmed.device == self._device:
            self._deliveries.confirm(confirmed, self._clock.monotonic())

    def flush(self) -> bool:
        """Send what may be sent; whether there may be more.

        Raises:
            TransportError: the connection is lost, or the broker does not answer.
            DiskFullError, AgentError: the outbox cannot be used.
        """
        self._forget(self._deliveries.take_confirmed())
        now = self._clock.monotonic()
        room = min(BATCH, self._deliveries.room(now))
        entries = self._next(room) if room else []
        sent = [(entry, self._send(entry, now)) for entry in entries if self._has_room(now)]
        # What the broker has is not yet the controller's: it stays until that one confirms it.
        self._forget([entry.seq for entry, answer in sent if not self._has_arrived(entry, answer)])
        return len(sent) == room and self._has_room(now)

    def _has_room(self, now: float) -> bool:
        return self._deliveries.room(now) > 0

    def _next(self, count: int) -> list[Entry]:
        again = self._deliveries.due_again()[:count]
        entries = self._outbox.read(again) if again else []
        # What was dropped from a full outbox meanwhile.
        self._deliveries.forget(set(again) - {entry.seq for entry in entries})
        return entries + self._outbox.peek(count - len(entries), self._deliveries.under_way())

    def _send(self, entry: Entry, now: float) -> Publication:
        delivery = self._deliveries.send(entry.seq, len(entry.payload), now)
        return self._publisher.publish(
            topics.up(self._device, entry.channel),
            entry.payload,
            # What is repeated for a controller that is away must not fill the broker.
            expiry_s=int(MAX_RESEND_S) if delivery.is_again else None,
            properties=self._properties(entry.channel) | {PROPERTY: str(delivery)},
        )

    def _has_arrived(self, entry: Entry, publication: Publication) -> bool:
        """Whether the broker has it; waits for its answer."""
        try:
            publication.wait(ACK_WAIT_S)
        except RefusedError as error:
            self._refused(f"message {entry.seq}: {error}")
            return False
        return True

    def _forget(self, seqs: list[int]) -> None:
        if seqs:
            self._deliveries.forget(seqs)
            self._outbox.ack(seqs)
