"""What has come of a device's session, and up to where all of it is durable. Pure."""

from dataclasses import dataclass, field

from lamplighter_wire.transport.delivery import Delivery

# An honest device has 16 under way; what is further ahead is handled, but nothing is noted of it.
MOST_AHEAD = 1024


@dataclass
class Delivered:
    """By the numbers of one session.

    Attributes:
        through: all up to here are durable, or were confirmed by whoever ran before.
        top: the highest that has come.
        joined: the session was under way when we first heard of it: what had come before is not
            known, so a gap is no proof that anything was lost.
    """

    epoch: int
    through: int
    top: int
    joined: bool = False
    _arrived: set[int] = field(default_factory=set)  # above `through`
    _durable: set[int] = field(default_factory=set)  # of these

    @classmethod
    def first(cls, delivery: Delivery) -> "Delivered":
        """Of a session that is heard of for the first time."""
        before = delivery.oldest - 1
        joined = delivery.is_again or delivery.number != delivery.oldest
        return cls(delivery.epoch, before, before, joined)

    @property
    def missing(self) -> int:
        """How many have not come although later ones have."""
        return self.top - self.through - len(self._arrived)

    def arrive(self, delivery: Delivery) -> bool:
        """A message has come. Returns whether it is a repetition of one that never came."""
        if delivery.number > self.through + MOST_AHEAD:
            return False
        was_lost = delivery.is_again and delivery.number > self.top and not self.joined
        self.top = max(self.top, delivery.number)
        if delivery.number > self.through:
            self._arrived.add(delivery.number)
        self._rise(delivery.oldest - 1)
        return was_lost

    def settle(self, number: int) -> bool:
        """A message is durable, or cannot be used; whether `through` rose by it."""
        if number in self._arrived:
            self._durable.add(number)
        return self._rise(self.through)

    def _rise(self, through: int) -> bool:
        before, self.through = self.through, max(self.through, through)
        while self.through + 1 in self._durable:
            self.through += 1
        if self.through == before:
            return False
        self.top = max(self.top, self.through)
        self._arrived = {number for number in self._arrived if number > self.through}
        self._durable &= self._arrived
        return True
