"""The other road for blobs: over HTTPS from the controller, a few at a time.

The same hashes, the same store: what came by one road need not come by the other, and what is on
disk is the whole state. Of a blob whose connection broke, the rest is asked for.
"""

import logging
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import MappingProxyType
from typing import Protocol

from lamplighter_wire.blobs import MAX_BLOB_BYTES, decompress
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Transfer

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.fetcher import MAX_DAMAGED, counted, requesting
from lamplighter_agent.errors import CalledOffError, FetchError, RefusedError, RoadError

log = logging.getLogger(__name__)

# Each waits a round trip for each blob of 64 KiB.
CONNECTIONS = 4
TICK_S = 0.1
# Between two attempts at a connection, of which each waits longer, and each otherwise.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
# Attempts in a row without one new byte: about three minutes.
MOST_ATTEMPTS = 10


def pause_s(attempt: int, draw: float) -> float:
    """Before the attempt after so many in vain; `draw`: at random, 0 to 1.

    Full jitter (Brooker, "Exponential Backoff And Jitter", AWS, 2015): a fleet whose controller was
    away does not come back at one moment.
    """
    longest_s: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempt, 10))
    return longest_s * (0.1 + 0.9 * draw)


class BlobReader(Protocol):
    """A connection that brings blobs; `HttpsBlobs`."""

    def read(self, sha: str, frame: bytearray) -> None: ...

    def close(self) -> None: ...


class HttpsFetcher:
    """Fetches blobs into a store. One download at a time."""

    def __init__(
        self,
        store: ChunkStore,
        connect: Callable[[], BlobReader],
        clock: Clock,
        attempts: int = MOST_ATTEMPTS,
        *,
        leaves: bool = False,
    ) -> None:
        """`attempts` in a row without one new byte end a download.

        With `leaves` what is refused is left to another road, and the rest fetched.
        """
        self._store, self._connect, self._clock = store, connect, clock
        self._attempts, self._leaves = attempts, leaves
        self._busy = threading.Lock()

    def fetch(
        self,
        shas: Sequence[str],
        revision: int,  # noqa: ARG002 - as the other road's
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
        sizes: Mapping[str, int] = MappingProxyType({}),
        artifact: str = "",  # noqa: ARG002 - likewise
    ) -> Transfer:
        """Fetch those of `shas` that the store lacks; as `Fetcher.fetch`.

        Raises:
            FetchError: it does not come, after a number of attempts or `timeout_s` without a new
                byte, or is refused (TIMEOUT), or one is always damaged (HASH).
            CalledOffError: `abort` says so.
            DiskFullError: there is no room.
        """
        with self._busy:
            load = _Load(self._store, shas, sizes)
            try:
                self._run(load, progress, abort, timeout_s)
                if load.left:
                    raise FetchError(ReasonCode.TIMEOUT, f"{load.left} blobs are not there")
            finally:
                load.ended.set()
                progress(load.transfer)
            return load.transfer

    def _run(
        self,
        load: "_Load",
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
    ) -> None:
        came_at, came = self._clock.monotonic(), load.bytes_came
        with ThreadPoolExecutor(CONNECTIONS, "https") as pool:
            works = [pool.submit(self._work, load) for _ in range(load.connections)]
            try:
                while not _done(works):
                    now = self._clock.monotonic()
                    if abort():
                        raise CalledOffError("the download was called off")
                    if load.bytes_came != came:
                        came_at, came = now, load.bytes_came
                    elif now - came_at > timeout_s:
                        raise FetchError(ReasonCode.TIMEOUT, f"no byte for {timeout_s:.0f} s")
                    progress(load.transfer)
            finally:
                load.ended.set()

    def _work(self, load: "_Load") -> None:
        reader = self._connect()
        try:
            while (sha := load.next()) is not None:
                self._bring(load, reader, sha)
        finally:
            reader.close()

    def _bring(self, load: "_Load", reader: BlobReader, sha: str) -> None:
        """One blob, however often the connection breaks."""
        frame, attempts = bytearray(), 0
        while not load.ended.is_set():
            before = len(frame)
            try:
                reader.read(sha, frame)
            except RoadError as error:
                load.note(len(frame) - before)
                attempts = 0 if len(frame) > before else attempts + 1
                if attempts >= self._attempts:
                    text = f"{attempts} attempts without a byte: {error}"
                    raise FetchError(ReasonCode.TIMEOUT, text) from error
                log.info("chunk %s: %s", sha[:12], error)
                load.ended.wait(pause_s(attempts, random.random()))  # noqa: S311 - no secret
                continue
            except RefusedError as error:
                if self._leaves:
                    load.leave()
                    return
                raise FetchError(ReasonCode.TIMEOUT, str(error)) from error
            load.note(len(frame) - before)
            if load.keep(sha, bytes(frame)):
                return
            del frame[:]


def _done(works: "Sequence[Future[None]]") -> bool:
    """Whether all have ended, after a moment's wait; the error of one that failed is raised."""
    ended, still = wait(works, TICK_S, return_when="FIRST_EXCEPTION")
    for work in ended:
        work.result()
    return not still


class _Load:
    """One download, shared by its connections."""

    def __init__(self, store: ChunkStore, shas: Sequence[str], sizes: Mapping[str, int]) -> None:
        self._store, self._sizes = store, sizes
        missing = store.missing(shas)
        self._waiting = deque(missing)
        self._lock = threading.Lock()
        self._damaged: Counter[str] = Counter()
        self.connections = min(CONNECTIONS, len(missing))
        self.transfer = Transfer(chunks_total=len(dict.fromkeys(shas)), chunks_missing=len(missing))
        self.bytes_came = 0
        self.left = 0
        self.ended = threading.Event()

    def next(self) -> str | None:
        """What is to be fetched now; None: nothing more."""
        with self._lock:
            if not self._waiting or self.ended.is_set():
                return None
            self.transfer = requesting(self.transfer, 1)
            return self._waiting.popleft()

    def note(self, count: int) -> None:
        """So many bytes came."""
        with self._lock:
            self.bytes_came += max(0, count)

    def leave(self) -> None:
        """One is not to be had here."""
        with self._lock:
            self.left += 1

    def keep(self, sha: str, frame: bytes) -> bool:
        """Whether it is what was asked for; it is kept then.

        Raises:
            FetchError: it is damaged again and again.
            DiskFullError: there is no room.
        """
        try:
            most_bytes = min(self._sizes.get(sha, MAX_BLOB_BYTES), MAX_BLOB_BYTES)
            self._store.put(sha, decompress(frame, most_bytes))
        except BlobError as error:
            with self._lock:
                self._damaged[sha] += 1
                self.transfer = counted(self.transfer, frame)
            if self._damaged[sha] >= MAX_DAMAGED:
                raise FetchError(ReasonCode.HASH, str(error)) from error
            return False
        with self._lock:
            self.transfer = counted(self.transfer, frame, received=1)
        return True
