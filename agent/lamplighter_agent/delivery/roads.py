"""Which road blobs come by: the broker's, on which neighbours share, or the controller's HTTPS.

The broker's is the usual one. What is large may be left to the other, which holds up no orders; and
where one road fails the rest comes by the other.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from lamplighter_wire.blobs import CHUNK_BYTES
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Transfer
from lamplighter_wire.transport.protocol import Subscriber

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.transfer_totals import carried_on
from lamplighter_agent.errors import CalledOffError, FetchError

log = logging.getLogger(__name__)

# While there is another road: a broker that has been away for so long in a download is not waited
# for, nor is a road that brings nothing.
AWAY_S, PATIENCE_S = 30.0, 90.0


class Road(StrEnum):
    """Ways to the bytes; AUTO: those of the others that work."""

    AUTO = "auto"
    BROKER = "broker"
    HTTPS = "https"
    NEIGHBOUR = "neighbour"


class Delivery(Protocol):
    """Brings blobs into the chunk store: a fetcher of one road, or of both."""

    def fetch(
        self,
        shas: Sequence[str],
        revision: int,
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
        sizes: Mapping[str, int] = ...,
        artifact: str = ...,
    ) -> Transfer: ...


@dataclass(frozen=True, slots=True)
class RoadChoice:
    """`https_from_bytes`: so much and more comes by HTTPS first; 0: nothing does."""

    road: Road = Road.AUTO
    https_from_bytes: int = 0

    def order(self, missing_bytes: int) -> list[Road]:
        """The roads to try, one after the other."""
        if self.road is not Road.AUTO:
            return [self.road]
        is_large = 0 < self.https_from_bytes <= missing_bytes
        both = [Road.BROKER, Road.HTTPS]
        return both[::-1] if is_large else both


class Roads:
    """Implements the agent's delivery over both.

    Args:
        transport: of the broker's road; only whether it is connected is asked.
    """

    def __init__(
        self,
        store: ChunkStore,
        by_broker: Delivery,
        by_https: Delivery | None,
        transport: Subscriber,
        clock: Clock,
        choice: RoadChoice,
        by_neighbour: Delivery | None = None,
    ) -> None:
        self._store, self._transport = store, transport
        roads = {Road.BROKER: by_broker, Road.HTTPS: by_https, Road.NEIGHBOUR: by_neighbour}
        self._fetchers = {road: fetcher for road, fetcher in roads.items() if fetcher is not None}
        self._clock, self._choice = clock, choice

    def fetch(
        self,
        shas: Sequence[str],
        revision: int,
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
        sizes: Mapping[str, int] = MappingProxyType({}),
        artifact: str = "",
    ) -> Transfer:
        """Fetch those of `shas` that the store lacks; as `Fetcher.fetch`.

        Raises:
            FetchError: it comes by no road; what the last one said.
            CalledOffError: `abort` says so.
            DiskFullError: there is no room.
        """
        missing_bytes = sum(sizes.get(sha, CHUNK_BYTES) for sha in self._store.missing(shas))
        order = self._order(missing_bytes)
        spent = _Spent(progress)
        for road, after in zip(order, [*order[1:], None], strict=True):
            leave = self._leave(road, after, abort)
            patience_s = timeout_s if after is None else min(PATIENCE_S, timeout_s)
            try:
                by_road = self._fetchers[road]
                by_road.fetch(shas, revision, spent.teller(), leave, patience_s, sizes, artifact)
            except CalledOffError:
                if abort() or after is None:
                    raise
                log.warning("the broker is away: the rest comes by %s", after)
            except FetchError as error:
                if after is None:
                    raise
                log.warning("not by %s (%s): the rest comes by %s", road, error, after)
            else:
                break
        return spent.total

    def _leave(
        self, road: Road, after: Road | None, abort: Callable[[], bool]
    ) -> Callable[[], bool]:
        """Also a broker that has been away too long is left, where there is another road."""
        if road is not Road.BROKER or after is None:
            return abort
        away = _Away(self._transport, self._clock)
        return lambda: abort() or away.too_long()

    def _order(self, missing_bytes: int) -> list[Road]:
        """A neighbour first; without an address of the controller the broker's alone."""
        chosen = [Road.NEIGHBOUR, *self._choice.order(missing_bytes)]
        there = [road for road in chosen if road in self._fetchers]
        return there if there[-1:] not in ([], [Road.NEIGHBOUR]) else [*there, Road.BROKER]


class _Spent:
    """What all roads together have brought."""

    def __init__(self, progress: Callable[[Transfer], None]) -> None:
        self._progress, self.total = progress, Transfer()

    def teller(self) -> Callable[[Transfer], None]:
        """Takes the figures of the next road, which begin at nothing."""
        before = self.total

        def tell(now: Transfer) -> None:
            self.total = carried_on(before, now)
            self._progress(self.total)

        return tell


class _Away:
    """For how long there has been no connection to the broker."""

    def __init__(self, transport: Subscriber, clock: Clock) -> None:
        self._transport, self._clock = transport, clock
        self._seen_at = clock.monotonic()

    def too_long(self) -> bool:
        now = self._clock.monotonic()
        if self._transport.connected:
            self._seen_at = now
        return now - self._seen_at > AWAY_S
