"""The least that a controller does: it confirms what it hears, and keeps nothing."""

from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Confirmed
from lamplighter_wire.transport.delivery import PROPERTY, parse_delivery
from lamplighter_wire.transport.protocol import Publisher, Received


def confirm(publisher: Publisher, received: Received) -> None:
    """Tell a device that a message of its has come for good, where it waits for that."""
    delivery = parse_delivery(received.properties.get(PROPERTY, ""))
    if delivery is None:
        return
    device = topics.parse(received.topic).device
    confirmed = Confirmed(device=device, epoch=delivery.epoch, number=delivery.number)
    publisher.publish(topics.down(device, "confirmed"), encode(confirmed))
