"""Chunks on request, each published once however many devices want it."""

import logging
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from lamplighter_wire import topics
from lamplighter_wire.blobs import compress
from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.protocol import Publisher

from lamplighter_controller.link.access.chunk_permits import ChunkPermits, EveryChunk
from lamplighter_controller.link.chunks.broker_room import BrokerRoom
from lamplighter_controller.link.chunks.publications import (
    SUBSCRIBED_S,
    Publications,
    began_to_listen,
)
from lamplighter_controller.link.quotas.allowance import Allowance
from lamplighter_controller.link.quotas.fetch_shares import FetchShares
from lamplighter_controller.link.quotas.misconduct import Misconduct

log = logging.getLogger(__name__)

CHUNK_EXPIRY_S = 60
# Devices that begin to fetch the same do so within this time of each other, and are waited for as
# long as others begin; alone nobody waits.
COALESCE_S, GATHER_S = 0.05, 0.5
# More in one request is not served.
MAX_CHUNKS_PER_REQUEST = 64
COMPRESSED_CACHE = 256  # chunks: at most 16 MiB
# Of requests, whatever was ordered: who asks on and on is answered as a slow link is, 2 chunks a
# second.
ASKED_AT_ONCE, ASKED_PER_S = 2_000, 2.0
# What was ordered may be asked for so many times over.
FETCHES = 4.0
TOO_OFTEN = "requests for what it was sent often enough"


class Chunk(NamedTuple):
    """As it travels: of an artifact, or, where that is empty, by itself."""

    artifact: str
    sha: str

    def is_proper(self) -> bool:
        """Whether it is made of hashes."""
        return all(map(topics.is_sha256, (self.sha, self.artifact or self.sha)))


class ChunkServer:
    """Publishes each wanted chunk once, however many devices asked for it.

    A lone device is answered at once. While several fetch, requests of those that begin are
    gathered for 50 ms, and nothing is published twice within a moment: see `Publications`.
    """

    def __init__(
        self,
        publisher: Publisher,
        read: Callable[[str], bytes | None],
        clock: Clock,
        permits: ChunkPermits | None = None,
        misconduct: Misconduct | None = None,
        fetches: float = FETCHES,
        room: BrokerRoom | None = None,
    ) -> None:
        self._publisher = publisher
        self._read = read
        self._clock = clock
        self._permits = permits or EveryChunk()
        self._misconduct = misconduct or Misconduct()
        self._fetch_shares = FetchShares(fetches)
        # By chunk and device: since when it listens.
        self._wanted: dict[Chunk, dict[str, float]] = {}
        self._allowances: dict[str, Allowance] = {}
        self._room = room or BrokerRoom(0, clock)
        self._publications = Publications[Chunk]()
        self._may_gather = False
        self._began_at = 0.0  # the last that had just begun to listen
        self._changed = threading.Condition()
        self._closing = False
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._sent: dict[str, int] = {"chunks": 0, "bytes": 0, "requested": 0, "unknown": 0}
        self._sent |= {"not_ordered": 0, "beyond_share": 0, "under_way": 0}
        self._thread = threading.Thread(target=self._run, name="chunks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Totals: chunks and bytes published, chunks requested; of these, unknown ones, ones that
        their device was not ordered, ones beyond its share, and ones under way to it already."""
        return dict(self._sent)

    def request(
        self,
        device: str,
        shas: Iterable[str],
        listening_s: float = 0.0,
        delivery_s: float = 0.0,
        artifact: str = "",
    ) -> None:
        """Want these chunks published.

        Args:
            artifact: as whose chunks the device listens for them; empty: for each by itself.
            listening_s: for how long the device has listened for them, and missed none.
            delivery_s: how long it takes from asking to having, as the device has it; 0: not known.
        """
        asked = [Chunk(artifact, sha) for sha in list(shas)[:MAX_CHUNKS_PER_REQUEST]]
        with self._changed:
            now = self._clock.monotonic()
            self._publications.ask(device, delivery_s, now)
            since = began_to_listen(listening_s, now)
            is_under_way = self._publications.is_under_way
            chunks = [chunk for chunk in asked if not is_under_way(device, chunk, since)]
            self._sent["requested"] += len(asked)
            self._sent["under_way"] += len(asked) - len(chunks)
            granted = self._allowance(device).take(len(chunks), now)
            for chunk in chunks[:granted]:
                self._wanted.setdefault(chunk, {})[device] = since
            # Who has just begun to listen is not alone in that, when a fleet is ordered something.
            if listening_s < SUBSCRIBED_S:
                self._may_gather, self._began_at = True, now
            self._changed.notify()
        if granted < len(chunks):
            self._sent["beyond_share"] += len(chunks) - granted
            self._misconduct.note(device, "requests for chunks", now, len(chunks) - granted)

    def forget(self, device: str) -> None:
        """It is retired."""
        with self._changed:
            self._allowances.pop(device, None)
            self._publications.forget(device)
            self._fetch_shares.forget(device)

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def flush(self) -> None:
        """Publish everything that is wanted now, and permitted."""
        with self._changed:
            wanted = self._take_due()
            self._may_gather = False
        permitted: defaultdict[Chunk, int] = defaultdict(int)
        for device, chunks in wanted.items():
            for chunk in self._permitted(device, chunks):
                permitted[chunk] += 1
        self._permits.settle()
        with self._changed:
            self._publications.hear(wanted, self._clock.monotonic())
        for chunk, devices in permitted.items():
            self._publish(chunk, devices)

    def _take_due(self) -> dict[str, list[Chunk]]:
        """By device; without what has been sent to it since it asked."""
        now, due = self._clock.monotonic(), dict[str, list[Chunk]]()
        for chunk in [chunk for chunk, at in self._due_at().items() if at <= now]:
            for device, since in self._wanted.pop(chunk).items():
                if self._publications.is_under_way(device, chunk, since):
                    self._sent["under_way"] += 1
                else:
                    due.setdefault(device, []).append(chunk)
        return due

    def _due_at(self) -> dict[Chunk, float]:
        now, waits_s = self._clock.monotonic(), self._room.waits_s()
        return self._publications.due_at(self._wanted, now, waits_s)

    def _allowance(self, device: str) -> Allowance:
        if device not in self._allowances:
            self._allowances[device] = Allowance(ASKED_AT_ONCE, ASKED_PER_S)
        return self._allowances[device]

    def _permitted(self, device: str, chunks: list[Chunk]) -> list[Chunk]:
        allowed, of = list[Chunk](), attrgetter("artifact")
        # They come from a device: nothing but hashes may reach the artifact store and topics.
        proper = [chunk for chunk in chunks if chunk.is_proper()]
        for artifact, group in groupby(sorted(proper, key=of), of):
            shas = self._permits.permitted(device, artifact, [chunk.sha for chunk in group])
            allowed += [Chunk(artifact, sha) for sha in shas]
        refused = len(chunks) - len(allowed)
        if refused:
            self._sent["not_ordered"] += refused
            self._misconduct.note(
                device, "requests for chunks not ordered", self._clock.monotonic(), refused
            )
        return self._within_share(device, allowed)

    def _within_share(self, device: str, chunks: list[Chunk]) -> list[Chunk]:
        """A device on a bad link asks for much of a model twice, and for none of it for ever."""
        now, ordered = self._clock.monotonic(), self._permits.ordered(device)
        with self._changed:
            granted = self._fetch_shares.take(device, len(chunks), ordered, now)
        if granted < len(chunks):
            self._sent["beyond_share"] += len(chunks) - granted
            self._misconduct.note(device, TOO_OFTEN, now, len(chunks) - granted)
        return chunks[:granted]

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closing and (wait_s := self._wait_s()) != 0.0:
                    self._changed.wait(wait_s)
                if self._closing:
                    return
                together = self._may_gather and self._several()
            if together:
                self._gather()
            try:
                self.flush()
            except Exception:  # the database is away; devices ask again
                log.exception("chunks that were asked for were not sent")

    def _gather(self) -> None:
        """Wait for others that begin: what is published before they listen is published again."""
        until = self._clock.monotonic() + GATHER_S
        while (now := self._clock.monotonic()) < until:
            with self._changed:
                rest_s = self._began_at + COALESCE_S - now
            if rest_s <= 0 or self._closing:
                return
            self._clock.sleep(min(rest_s, until - now))

    def _wait_s(self) -> float | None:
        """Until something that is wanted is due; None: until something is wanted."""
        due_at = self._due_at()
        return max(0.0, min(due_at.values()) - self._clock.monotonic()) if due_at else None

    def _several(self) -> bool:
        return len(self._publications.fetching(self._clock.monotonic())) > 1

    def _publish(self, chunk: Chunk, devices: int) -> None:
        """`devices`: that want it."""
        payload = self._compressed(chunk.sha)
        if payload is None:
            self._sent["unknown"] += 1
            log.warning("a chunk that was ordered is not here", extra={"chunk": chunk.sha})
            return
        self._room.take(devices * len(payload), lambda: self._closing)
        try:
            topic = topics.blob(chunk.sha, chunk.artifact)
            self._publisher.publish(topic, payload, expiry_s=CHUNK_EXPIRY_S)
        except TransportError as error:
            # The device asks again; nothing is queued for it here.
            log.warning("chunk not sent: %s", error, extra={"chunk": chunk.sha})
            return
        self._sent["chunks"] += 1
        self._sent["bytes"] += len(payload)
        with self._changed:
            self._publications.publish(chunk, self._clock.monotonic())

    def _compressed(self, sha: str) -> bytes | None:
        if sha in self._cache:
            self._cache.move_to_end(sha)
            return self._cache[sha]
        raw = self._read(sha)
        if raw is None:
            return None
        payload = self._cache[sha] = compress(raw)
        if len(self._cache) > COMPRESSED_CACHE:
            self._cache.popitem(last=False)
        return payload
