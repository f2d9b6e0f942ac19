"""What was published when, and for whom: which chunk must be published again, and which not yet.

Of values only, times included. A device listens for chunks before it asks for them, and says for
how long it has: what was published since then is on its way to it, or was lost, and then it asks
again as one that has just begun to listen. Where many fetch, those who come late share a
publication.
"""

import statistics
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from math import inf, isfinite
from typing import Generic, TypeVar

# Chunks whose publication is remembered.
REMEMBERED = 4096
# The broker has a subscription a little later than its device has made it.
SUBSCRIBED_S = 0.02
# A device that has not asked for this long may not be permitted any more what it was.
LISTENS_S = 600.0
# Another device counts as fetching at the same time if it asked this recently.
TOGETHER_S = 2.0
# A chunk is not published again before its last publication has been delivered twice over, as far
# as devices say how long that takes, and so long for each device that fetches.
DELIVERIES, EACH_S, MOST_HOLD_S = 2.0, 0.0025, 10.0


Key = TypeVar("Key", bound=Hashable)


def began_to_listen(listening_s: float, now: float) -> float:
    """When a device began that says it has listened for so long; an absurd time counts as none."""
    return now - max(0.0, listening_s) if isfinite(listening_s) else now


class Publications(Generic[Key]):
    """Of all chunks, by whatever they are told apart; times are monotonic seconds."""

    def __init__(self) -> None:
        self._published_at: OrderedDict[Key, float] = OrderedDict()
        self._hears_since: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._delivery_s: dict[str, float] = {}

    def ask(self, device: str, delivery_s: float, now: float) -> None:
        """A device has asked; `delivery_s`: how long delivery takes to it, 0 where not known."""
        self._asked[device] = now
        self._delivery_s[device] = min(max(0.0, delivery_s), MOST_HOLD_S) if delivery_s > 0 else 0.0

    def is_under_way(self, device: str, chunk: Key, listens_since: float) -> bool:
        """Whether a device that has listened since then has been sent this chunk."""
        hears_since = max(listens_since + SUBSCRIBED_S, self._hears_since.get(device, inf))
        return self._published_at.get(chunk, -inf) >= hears_since

    def due_at(self, chunks: Iterable[Key], now: float, waits_s: float = 0.0) -> dict[Key, float]:
        """From when on each chunk may be published: at once where nobody else fetches.

        `waits_s`: how long what is published waits at the broker; so long nobody has missed it.
        """
        hold_s = max(self._hold_s(now), waits_s)
        return {chunk: self._published_at.get(chunk, -inf) + hold_s for chunk in chunks}

    def hear(self, devices: Iterable[str], now: float) -> None:
        """From now on the broker lets them hear what they were ordered."""
        for name in [name for name, at in self._asked.items() if at < now - LISTENS_S]:
            self.forget(name)
        for name in devices:
            self._hears_since.setdefault(name, now)

    def publish(self, chunk: Key, now: float) -> None:
        """A chunk has been published."""
        self._published_at[chunk] = now
        self._published_at.move_to_end(chunk)
        if len(self._published_at) > REMEMBERED:
            self._published_at.popitem(last=False)

    def forget(self, device: str) -> None:
        """It is gone."""
        for known in (self._hears_since, self._asked, self._delivery_s):
            known.pop(device, None)

    def fetching(self, now: float) -> list[str]:
        """Devices that fetch at the moment."""
        return [device for device, at in self._asked.items() if at >= now - TOGETHER_S]

    def _hold_s(self, now: float) -> float:
        fetching = self.fetching(now)
        if len(fetching) < 2:
            return 0.0
        told = [self._delivery_s[device] for device in fetching if self._delivery_s[device]]
        delivery_s = statistics.median(told) if told else 0.0
        return min(MOST_HOLD_S, max(DELIVERIES * delivery_s, EACH_S * len(fetching)))
