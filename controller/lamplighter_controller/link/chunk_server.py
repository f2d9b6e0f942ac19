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

from lamplighter_controller.link.access.chunk_permits import ChunkPermits, EveryChunk
from lamplighter_controller.link.quotas.allowance import Allowance
from lamplighter_controller.link.quotas.misconduct import Misconduct

log = logging.getLogger(__name__)

CHUNK_EXPIRY_S = 60
# Devices that miss the same chunk ask within this time of each other; alone nobody waits.
COALESCE_S = 0.05
# Another device counts as fetching at the same time if it asked this recently.
TOGETHER_S = 2.0
# A device asks for at most a window of 16; more in one request is not served.
MAX_CHUNKS_PER_REQUEST = 64
COMPRESSED_CACHE = 256  # chunks: at most 16 MiB
# A device on a bad link asks for every chunk of a large model twice; who asks on and on gets as
# much as a slow link carries: 2 chunks a second are 128 KiB.
ASKED_AT_ONCE, ASKED_PER_S = 2_000, 2.0


def is_sha256(text: str) -> bool:
    """Whether `text` is a SHA-256 in hexadecimal."""
    return topics.parse_blob(f"{topics.ROOT}/blob/{text}") is not None


class ChunkServer:
    """Publishes each wanted chunk once, however many devices asked for it.

    A lone device is answered at once; while several fetch, requests are gathered for 50 ms.
    """

    def __init__(
        self,
        publisher: Publisher,
        read: Callable[[str], bytes | None],
        clock: Clock,
        permits: ChunkPermits | None = None,
        misconduct: Misconduct | None = None,
    ) -> None:
        self._publisher = publisher
        self._read = read
        self._clock = clock
        self._permits = permits or EveryChunk()
        self._misconduct = misconduct or Misconduct()
        self._wanted: OrderedDict[tuple[str, str], None] = OrderedDict()  # device, chunk
        self._allowances: dict[str, Allowance] = {}
        self._asked: dict[str, float] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._sent: dict[str, int] = {"chunks": 0, "bytes": 0, "requested": 0, "unknown": 0}
        self._sent |= {"not_ordered": 0, "beyond_share": 0}
        self._thread = threading.Thread(target=self._run, name="chunks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Totals: chunks and bytes published, chunks requested; of these, unknown ones, ones that
        their device was not ordered, and ones beyond its share."""
        return dict(self._sent)

    def request(self, device: str, shas: Iterable[str]) -> None:
        """Want these chunks published."""
        chunks = list(shas)[:MAX_CHUNKS_PER_REQUEST]
        with self._changed:
            now = self._asked[device] = self._clock.monotonic()
            self._sent["requested"] += len(chunks)
            granted = self._allowance(device).take(len(chunks), now)
            self._wanted.update(dict.fromkeys((device, sha) for sha in chunks[:granted]))
            self._changed.notify()
        if granted < len(chunks):
            self._sent["beyond_share"] += len(chunks) - granted
            self._misconduct.note(device, "requests for chunks", now, len(chunks) - granted)

    def forget(self, device: str) -> None:
        """It is retired."""
        with self._changed:
            self._allowances.pop(device, None)

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def flush(self) -> None:
        """Publish everything that is wanted now, and permitted."""
        with self._changed:
            wanted, self._wanted = list(self._wanted), OrderedDict()
        by_device: dict[str, list[str]] = {}
        for device, sha in wanted:
            by_device.setdefault(device, []).append(sha)
        permitted: dict[str, None] = {}
        for device, shas in by_device.items():
            permitted.update(dict.fromkeys(self._permitted(device, shas)))
        self._permits.settle()
        for sha in permitted:
            self._publish(sha)

    def _allowance(self, device: str) -> Allowance:
        if device not in self._allowances:
            self._allowances[device] = Allowance(ASKED_AT_ONCE, ASKED_PER_S)
        return self._allowances[device]

    def _permitted(self, device: str, shas: list[str]) -> list[str]:
        # The hash comes from a device: nothing but a hash may reach the artifact store.
        proper = [sha for sha in shas if is_sha256(sha)]
        allowed = self._permits.permitted(device, proper)
        refused = len(shas) - len(allowed)
        if refused:
            self._sent["not_ordered"] += refused
            self._misconduct.note(
                device, "requests for chunks not ordered", self._clock.monotonic(), refused
            )
        return allowed

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
            try:
                self.flush()
            except Exception:  # the database is away; devices ask again
                log.exception("chunks that were asked for were not sent")

    def _several(self) -> bool:
        recent = self._clock.monotonic() - TOGETHER_S
        self._asked = {device: at for device, at in self._asked.items() if at >= recent}
        return len(self._asked) > 1

    def _publish(self, sha: str) -> None:
        payload = self._compressed(sha)
        if payload is None:
            self._sent["unknown"] += 1
            log.warning("a chunk that was ordered is not here", extra={"chunk": sha[:64]})
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
