"""Chunks on request, each published once however many devices want it."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable

from lamplighter_wire import topics
from lamplighter_wire.blobs import compress
from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.protocol import Publisher

log = logging.getLogger(__name__)

CHUNK_EXPIRY_S = 60
# Devices that miss the same chunk ask within this time of each other; alone nobody waits.
COALESCE_S = 0.05
# Another device counts as fetching at the same time if it asked this recently.
TOGETHER_S = 2.0
# A device asks for at most a window of 16; more in one request is not served.
MAX_CHUNKS_PER_REQUEST = 64
COMPRESSED_CACHE = 256  # chunks: at most 16 MiB


def is_sha256(text: str) -> bool:
    """Whether `text` is a SHA-256 in hexadecimal."""
    return topics.parse_blob(f"{topics.ROOT}/blob/{text}") is not None


class ChunkServer:
    """Publishes each wanted chunk once, however many devices asked for it.

    A lone device is answered at once; while several fetch, requests are gathered for 50 ms.
    """

    def __init__(
        self, publisher: Publisher, read: Callable[[str], bytes | None], clock: Clock
    ) -> None:
        self._publisher = publisher
        self._read = read
        self._clock = clock
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._asked: dict[str, float] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._sent: dict[str, int] = {"chunks": 0, "bytes": 0, "requested": 0, "unknown": 0}
        self._thread = threading.Thread(target=self._run, name="chunks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Totals: chunks and bytes published, chunks requested, requests for unknown chunks."""
        return dict(self._sent)

    def request(self, device: str, shas: Iterable[str]) -> None:
        """Want these chunks published."""
        chunks = list(shas)[:MAX_CHUNKS_PER_REQUEST]
        with self._changed:
            self._asked[device] = self._clock.monotonic()
            self._sent["requested"] += len(chunks)
            self._wanted.update(dict.fromkeys(chunks))
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def flush(self) -> None:
        """Publish everything that is wanted now."""
        with self._changed:
            wanted, self._wanted = list(self._wanted), OrderedDict()
        for sha in wanted:
            self._publish(sha)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._wanted and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                together = self._several()
            if together:
                self._clock.sleep(COALESCE_S)
            self.flush()

    def _several(self) -> bool:
        recent = self._clock.monotonic() - TOGETHER_S
        self._asked = {device: at for device, at in self._asked.items() if at >= recent}
        return len(self._asked) > 1

    def _publish(self, sha: str) -> None:
        # The hash comes from a device: nothing but a hash may reach the artifact store.
        payload = self._compressed(sha) if is_sha256(sha) else None
        if payload is None:
            self._sent["unknown"] += 1
            log.warning("a device asked for a chunk that is not here", extra={"chunk": sha[:64]})
            return
        try:
            self._publisher.publish(topics.blob(sha), payload, expiry_s=CHUNK_EXPIRY_S)
        except TransportError as error:
            # The device asks again; nothing is queued for it here.
            log.warning("chunk not sent: %s", error, extra={"chunk": sha})
            return
        self._sent["chunks"] += 1
        self._sent["bytes"] += len(payload)

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
