"""How a simulated device gets a variant: it listens and asks as the agent's fetcher does.

What comes is compared with a copy that was checked once for the whole fleet, and kept by name only:
a thousand devices that hash and store the same bytes would be the load of one machine here, and are
none of the controller's and the broker's in a city.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiomqtt
from lamplighter_wire import topics
from lamplighter_wire.artifacts.fetch_window import (
    AHEAD_CEILING,
    MAX_WAIT_S,
    MOMENTS,
    WINDOW_CEILING,
    Window,
    chunks_ahead,
    patience_s,
    smoothed_s,
)
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.blobs import decompress, sha256_hex
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import BlobError, TransportError
from lamplighter_wire.messages import Envelope, Request
from lamplighter_wire.transport.listening import Listening
from lamplighter_wire.transport.protocol import Subscriber

TICK_S = 0.25


class RequestLink(Subscriber, Protocol):
    """Of one session: what a download needs of it."""

    def ask(self, request: Request) -> None:
        """Publish it. Raises TransportError where the session has ended."""


class CheckedChunks:
    """What was published, as it was on the wire; shared by a fleet."""

    def __init__(self) -> None:
        self._payloads: dict[str, bytes] = {}

    def accept(self, sha: str, payload: bytes) -> bool:
        """Whether it is what its name says."""
        known = self._payloads.get(sha)
        if known is None and _is_named(sha, payload):
            known = self._payloads[sha] = payload
        return known == payload

    def parts_of(self, manifest: str) -> list[str]:
        """Chunks of a variant whose manifest has been accepted."""
        envelope = decode(decompress(self._payloads[manifest]), Envelope)
        return needed_chunks(decode(envelope.payload, Manifest))


def _is_named(sha: str, payload: bytes) -> bool:
    try:
        return sha256_hex(decompress(payload)) == sha
    except BlobError:
        return False


@dataclass
class Totals:
    """Of a whole fleet: bytes on the wire, bytes of chunks that were wanted, chunks asked for."""

    bytes_received: int = 0
    bytes_kept: int = 0
    chunks_requested: int = 0
    variants: int = 0


@dataclass
class _Load:
    """What is still wanted of one variant, and how it comes."""

    artifact: str
    waiting: deque[str]
    asked_at: dict[str, float] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    window: Window = field(default_factory=Window)
    delivery_s: float = 0.0
    first_at: float = 0.0
    kept_bytes: int = 0


class Downloads:
    """Of one device; what it has survives its sessions."""

    def __init__(
        self,
        device: str,
        known: CheckedChunks,
        totals: Totals,
        clock: Clock,
        has_begun: Callable[[], bool] = lambda: True,
    ) -> None:
        """`has_begun`: until then it is taken to hold what it is ordered."""
        self._device, self._known, self._totals, self._clock = device, known, totals, clock
        self._has_begun = has_begun
        self._held: set[str] = set()
        # Names and sizes: a thousand inboxes of chunks would be ten gigabytes.
        self._inbox: asyncio.Queue[tuple[str, int]] = asyncio.Queue(AHEAD_CEILING + WINDOW_CEILING)

    def on_blob(self, sha: str, payload: bytes) -> None:
        """A chunk has come; what does not fit is asked for again."""
        self._totals.bytes_received += len(payload)
        if not self._inbox.full() and self._known.accept(sha, payload):
            self._inbox.put_nowait((sha, len(payload)))

    async def fetch(self, manifests: Iterable[str], revision: int, link: RequestLink) -> None:
        """Until all chunks of these variants are there, one variant after the other.

        Raises:
            TransportError: the session has ended; what has come stays.
        """
        wanted = dict.fromkeys(filter(None, manifests)) if self._has_begun() else ()
        for manifest in wanted:
            await self._fetch(manifest, [manifest], revision, link)
            await self._fetch(manifest, self._known.parts_of(manifest), revision, link)
            self._totals.variants += 1

    async def _fetch(
        self, artifact: str, shas: Sequence[str], revision: int, link: RequestLink
    ) -> None:
        load = _Load(artifact, deque(sha for sha in shas if sha not in self._held))
        listening = Listening(link, self._clock, artifact)
        try:
            while load.waiting or load.asked_at:
                self._ask(load, listening, link, revision)
                self._take(load, listening, await self._next())
                while not self._inbox.empty():
                    self._take(load, listening, self._inbox.get_nowait())
        finally:
            listening.close()

    async def _next(self) -> tuple[str, int] | None:
        try:
            async with asyncio.timeout(TICK_S):
                return await self._inbox.get()
        except TimeoutError:
            return None

    def _ask(self, load: _Load, listening: Listening, link: RequestLink, revision: int) -> None:
        now = self._clock.monotonic()
        _take_back(load, now)
        listening.listen(load.waiting, max(load.window.chunks, _ahead(load, now)))
        room = load.window.chunks - len(load.asked_at)
        if not load.waiting or room < load.window.chunks // 2:
            return
        wanted = [load.waiting.popleft() for _ in range(min(room, len(load.waiting)))]
        load.asked_at.update(dict.fromkeys(wanted, now))
        groups = listening.ask(wanted, again=load.lost)
        load.lost.difference_update(wanted)
        self._totals.chunks_requested += len(wanted)
        for listening_s, chunks in groups.items():
            link.ask(
                Request(
                    device=self._device,
                    at=time.time(),
                    kind="chunks",
                    chunks=chunks,
                    artifact=load.artifact,
                    listening_s=listening_s,
                    delivery_s=load.delivery_s,
                    revision=revision,
                )
            )

    def _take(self, load: _Load, listening: Listening, came: tuple[str, int] | None) -> None:
        if came is None:
            return
        (sha, size_bytes), now = came, self._clock.monotonic()
        asked = load.asked_at.pop(sha, None)
        if asked is not None:
            load.delivery_s = smoothed_s(load.delivery_s, now - asked)
        elif sha in load.waiting:
            load.waiting.remove(sha)  # others asked for it
        else:
            return
        self._held.add(sha)
        load.window = load.window.grown(_ahead(load, now) // MOMENTS)
        load.first_at = load.first_at or now
        load.kept_bytes += size_bytes
        self._totals.bytes_kept += size_bytes
        listening.arrived(sha)
        listening.taken(sha)


def _take_back(load: _Load, now: float) -> None:
    """Chunks that are lost go back to the head of the queue."""
    limit_s = patience_s(load.delivery_s)
    lost = [sha for sha, asked in load.asked_at.items() if now - asked > limit_s]
    if not lost:
        return
    load.delivery_s = min(MAX_WAIT_S, 2 * load.delivery_s)
    load.window = load.window.halved()
    load.waiting.extendleft(reversed(lost))
    load.lost.update(lost)
    for sha in lost:
        del load.asked_at[sha]


def _ahead(load: _Load, now: float) -> int:
    return chunks_ahead(load.kept_bytes, now - load.first_at if load.first_at else 0.0)


def take_chunks(client: aiomqtt.Client, downloads: Downloads) -> None:
    """Have what comes of chunks taken as it comes.

    aiomqtt hands messages on one at a time, a task for each: the chunks of a thousand devices came
    faster, and waited in its queues, 5 GB of them.
    """

    def take(_client: Any, _userdata: Any, message: Any) -> None:
        if sha := topics.parse_blob(message.topic):
            downloads.on_blob(sha, message.payload)

    client._client.message_callback_add(f"{topics.ROOT}/blob/#", take)  # noqa: SLF001


class SimulatedLink:
    """A simulated device's session, as a download uses it: it waits for no answer, as the agent."""

    def __init__(self, client: aiomqtt.Client, device: str) -> None:
        self._client, self._device = client, device

    @property
    def connected(self) -> bool:
        return bool(self._paho.is_connected())

    def subscribe(self, *topic_filters: str, kept: bool = True) -> None:
        """Raises TransportError: the session has ended."""
        self._check(self._paho.subscribe([(wanted, int(kept)) for wanted in topic_filters])[0])

    def unsubscribe(self, *topic_filters: str) -> None:
        """Raises TransportError: the session has ended."""
        self._check(self._paho.unsubscribe(list(topic_filters))[0])

    def ask(self, request: Request) -> None:
        """Raises TransportError: the session has ended."""
        self._check(self._paho.publish(topics.up(self._device, "request"), encode(request), 1).rc)

    @property
    def _paho(self) -> Any:
        return self._client._client  # noqa: SLF001 - aiomqtt's own calls wait for the broker

    def _check(self, code: int) -> None:
        if code != 0:
            raise TransportError(f"{self._device} is not connected")
