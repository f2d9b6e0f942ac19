"""Download what is missing, a window at a time, over a link that may vanish.

The device pulls: it listens for the chunks it wants next, asks for them, and asks again for those
that do not come.
"""

import logging
import queue
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec
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
from lamplighter_wire.blobs import MAX_BLOB_BYTES, decompress
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import BlobError, TransportError
from lamplighter_wire.messages import Request, Transfer
from lamplighter_wire.transport.listening import Listening
from lamplighter_wire.transport.protocol import Subscriber

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.errors import CalledOffError, FetchError

log = logging.getLogger(__name__)

# How often the loop looks at the abort flag and at the clock.
TICK_S = 0.1
PROGRESS_S = 0.5
# The same chunk damaged this often is not the link's fault.
MAX_DAMAGED = 3


@dataclass(slots=True)
class _Download:
    """One call of `fetch`: what is wanted, what is under way since when, what came."""

    revision: int
    waiting: deque[str]
    transfer: Transfer
    artifact: str = ""
    asked_at: dict[str, float] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # asked for in vain
    first_at: float | None = None  # when the first chunk came
    kept_bytes: int = 0  # on the wire
    window: Window = field(default_factory=Window)
    delivery_s: float = 0.0
    damaged: Counter[str] = field(default_factory=Counter)
    progress_at: float = float("-inf")
    generation: int = -1
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        return len(self.waiting) + len(self.asked_at)


class Fetcher:
    """Fetches blobs into a store. One download at a time; `on_blob` may come on any thread."""

    def __init__(
        self,
        transport: Subscriber,
        store: ChunkStore,
        device: str,
        clock: Clock,
        send_request: Callable[[Request], None],
        tick_s: float = TICK_S,
    ) -> None:
        """`send_request` sends at once or raises TransportError; it never queues."""
        self._transport = transport
        self._store = store
        self._device = device
        self._clock = clock
        self._send_request, self._tick_s = send_request, tick_s
        # Bounded: what does not fit is asked for again.
        room = AHEAD_CEILING + WINDOW_CEILING
        self._inbox: queue.Queue[tuple[str, bytes]] = queue.Queue(maxsize=room)
        self._listening = Listening(transport, clock)
        self._busy = threading.Lock()
        self._generation = 0

    def on_blob(self, sha: str, payload: bytes) -> None:
        """A compressed chunk arrived. Never blocks."""
        try:
            self._inbox.put_nowait((sha, payload))
        except queue.Full:
            log.info("chunk %s dropped: more than the device can take", sha[:12])
        else:
            self._listening.arrived(sha)

    def on_connected(self) -> None:
        """A new connection: what was under way is asked for again, at most one window."""
        self._generation += 1

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
        """Fetch those of `shas` that the store lacks; returns when it has them all.

        `sizes` says how many bytes a chunk may have, decompressed; of others the most of all.
        `artifact`: as whose chunks they are published, by its hash; empty: each by itself.

        `progress` is called before each request is sent, about twice a second, and at the end,
        whatever the end is: its last figures are what the download cost. Time without a
        connection does not count against `timeout_s` (seconds without any new chunk).

        Raises:
            FetchError: no chunk came for too long (TIMEOUT), or one is always damaged (HASH).
            CalledOffError: `abort` says so.
            DiskFullError: there is no room.
        """
        with self._busy:
            load = self._begin(shas, revision)
            load.artifact = artifact
            self._listening = Listening(self._transport, self._clock, artifact)
            load.sizes = sizes
            try:
                while not self._inbox.empty():
                    self._take(load)  # came for another device's request, or for an older one
                self._loop(load, progress, abort, timeout_s)
            finally:
                self._listening.close()
                progress(load.transfer)
            return load.transfer

    def _begin(self, shas: Sequence[str], revision: int) -> _Download:
        missing = self._store.missing(shas)
        total = len(dict.fromkeys(shas))
        transfer = Transfer(chunks_total=total, chunks_missing=len(missing))
        return _Download(revision, deque(missing), transfer)

    def _loop(
        self,
        load: _Download,
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
    ) -> None:
        alive_at = self._clock.monotonic()
        while load.remaining:
            if abort():
                raise CalledOffError("the download was called off")
            self._ask(load, progress)
            came = self._take(load)
            while not self._inbox.empty():  # what is here need not be asked for
                came |= self._take(load)
            now = self._clock.monotonic()
            if came or not self._transport.connected:
                alive_at = now
            elif now - alive_at > timeout_s:
                text = f"no chunk for {timeout_s:.0f} s, {load.remaining} are missing"
                raise FetchError(ReasonCode.TIMEOUT, text)
            if now - load.progress_at >= PROGRESS_S:
                load.progress_at = now
                progress(load.transfer)

    def _ask(self, load: _Download, progress: Callable[[Transfer], None]) -> None:
        """Ask for the next chunks once half of the window is free.

        They are counted before they are sent: power may fail in between.
        """
        if not self._transport.connected:
            return
        self._take_back(load)
        try:
            self._listen_ahead(load)
            self._ask_next(load, progress)
        except TransportError as error:
            log.info("cannot ask for chunks now: %s", error)
            load.generation = -1  # everything under way is asked for again

    def _listen_ahead(self, load: _Download) -> None:
        self._listening.listen(load.waiting, max(load.window.chunks, self._ahead(load)))

    def _ahead(self, load: _Download) -> int:
        seconds = 0.0 if load.first_at is None else self._clock.monotonic() - load.first_at
        return chunks_ahead(load.kept_bytes, seconds)

    def _ask_next(self, load: _Download, progress: Callable[[Transfer], None]) -> None:
        room = load.window.chunks - len(load.asked_at)
        if not load.waiting or room < load.window.chunks // 2:
            return
        wanted = [load.waiting.popleft() for _ in range(min(room, len(load.waiting)))]
        load.asked_at.update(dict.fromkeys(wanted, self._clock.monotonic()))
        before, load.transfer = load.transfer, requesting(load.transfer, len(wanted))
        progress(load.transfer)
        try:
            groups = self._listening.ask(wanted, again=load.lost)
            load.lost.difference_update(wanted)
            for listening_s, chunks in groups.items():
                self._send_request(
                    Request(
                        device=self._device,
                        at=self._clock.time(),
                        kind="chunks",
                        chunks=chunks,
                        artifact=load.artifact,
                        listening_s=listening_s,
                        delivery_s=load.delivery_s,
                        revision=load.revision,
                    )
                )
        except TransportError:
            load.transfer = before
            raise

    def _take_back(self, load: _Download) -> None:
        """Put chunks that are lost back to the head of the queue."""
        now = self._clock.monotonic()
        if load.generation != self._generation:
            load.generation = self._generation
            self._listening.lose()
            lost = list(load.asked_at)
        else:
            limit_s = patience_s(load.delivery_s)
            lost = [sha for sha, asked in load.asked_at.items() if now - asked > limit_s]
            if lost:
                load.delivery_s = min(MAX_WAIT_S, 2 * load.delivery_s)
        if lost:
            load.window = load.window.halved()
            load.waiting.extendleft(reversed(lost))
            load.lost.update(lost)
            for sha in lost:
                del load.asked_at[sha]

    def _take(self, load: _Download) -> bool:
        """Wait a moment for a chunk; whether a wanted one came."""
        try:
            sha, payload = self._inbox.get(timeout=self._tick_s)
        except queue.Empty:
            return False
        asked = load.asked_at.get(sha)
        if asked is None and sha in load.waiting:
            load.waiting.remove(sha)  # others asked for it, or it was given up for lost
        elif asked is None:
            load.transfer = counted(load.transfer, payload, duplicates=1)
            return False
        return self._keep(load, sha, payload, asked)

    def _keep(self, load: _Download, sha: str, payload: bytes, asked: float | None) -> bool:
        load.asked_at.pop(sha, None)
        self._listening.taken(sha)
        try:
            most_bytes = min(load.sizes.get(sha, MAX_BLOB_BYTES), MAX_BLOB_BYTES)
            self._store.put(sha, decompress(payload, most_bytes))
        except BlobError as error:
            load.damaged[sha] += 1
            load.transfer = counted(load.transfer, payload)
            if load.damaged[sha] >= MAX_DAMAGED:
                raise FetchError(ReasonCode.HASH, str(error)) from error
            load.waiting.append(sha)
            load.lost.add(sha)
            return False
        if asked is not None:
            took_s = self._clock.monotonic() - asked
            load.delivery_s = smoothed_s(load.delivery_s, took_s)
        load.window = load.window.grown(self._ahead(load) // MOMENTS)
        load.first_at = load.first_at or self._clock.monotonic()
        load.kept_bytes += len(payload)
        load.transfer = counted(load.transfer, payload, received=1)
        return True


def counted(
    transfer: Transfer, payload: bytes, *, received: int = 0, duplicates: int = 0
) -> Transfer:
    """Count what arrived (`payload` as it was on the wire): wanted, not wanted, or damaged."""
    return msgspec.structs.replace(
        transfer,
        chunks_missing=transfer.chunks_missing - received,
        bytes_received=transfer.bytes_received + len(payload),
        chunks_received=transfer.chunks_received + received,
        duplicates=transfer.duplicates + duplicates,
    )


def requesting(transfer: Transfer, chunks: int) -> Transfer:
    """Count chunks that are asked for."""
    return msgspec.structs.replace(transfer, chunks_requested=transfer.chunks_requested + chunks)
