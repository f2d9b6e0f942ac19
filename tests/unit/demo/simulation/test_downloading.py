"""A simulated device has a variant once all its chunks have come, whatever happens to some."""

import asyncio
from collections.abc import Callable

from lamplighter_demo.simulation.downloading import CheckedChunks, Downloads, Totals
from lamplighter_wire import topics
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.blobs import compress, sha256_hex
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Envelope, Request

RAW = {sha256_hex(raw): raw for raw in (bytes([n]) * 9000 for n in range(40))}
MANIFEST = encode(
    Envelope(payload=encode(Manifest(parts=[Part(name="model", chunks=list(RAW), size_bytes=1)])))
)
RAW[NAME := sha256_hex(MANIFEST)] = MANIFEST
WIRE = {sha: compress(raw) for sha, raw in RAW.items()}


class Link:
    """Answers at once what is asked for, as far as it is listened for."""

    connected = True

    def __init__(self, answer: Callable[[str], list[bytes]]) -> None:
        self.listened: set[str] = set()
        self.asked: list[str] = []
        self.downloads: Downloads | None = None
        self._answer = answer

    def subscribe(self, *topic_filters: str, kept: bool = True) -> None:
        assert not kept
        self.listened.update(topic_filters)

    def unsubscribe(self, *topic_filters: str) -> None:
        self.listened.difference_update(topic_filters)

    def ask(self, request: Request) -> None:
        self.asked += request.chunks
        assert self.downloads is not None
        for sha in request.chunks:
            assert topics.blob(sha, request.artifact) in self.listened
            for payload in self._answer(sha):
                self.downloads.on_blob(sha, payload)


def fetched(answer: Callable[[str], list[bytes]]) -> tuple[Link, Totals]:
    link, totals = Link(answer), Totals()
    link.downloads = Downloads("sim-0", CheckedChunks(), totals, SystemClock())
    asyncio.run(link.downloads.fetch([NAME, NAME, ""], 1, link))
    return link, totals


def test_all_chunks_are_asked_for_once() -> None:
    link, totals = fetched(lambda sha: [WIRE[sha]])
    assert sorted(link.asked) == sorted(WIRE)
    assert totals.bytes_kept == totals.bytes_received == sum(map(len, WIRE.values()))
    assert (totals.chunks_requested, totals.variants) == (len(WIRE), 1)
    assert not link.listened


def test_what_is_damaged_or_lost_is_asked_for_again() -> None:
    bad = {sorted(RAW)[3]: [b"no zstd"], sorted(RAW)[7]: list[bytes]()}
    link, totals = fetched(lambda sha: bad.pop(sha, [WIRE[sha]]))
    assert len(link.asked) == len(WIRE) + 2
    assert totals.bytes_received == totals.bytes_kept + len(b"no zstd")


def test_a_copy_that_differs_from_the_first_is_refused() -> None:
    known, (sha, other, *_) = CheckedChunks(), sorted(RAW)
    assert not known.accept(sha, WIRE[other])
    assert known.accept(sha, WIRE[sha])
    assert not known.accept(sha, WIRE[sha] + b"x")
    assert known.accept(sha, WIRE[sha])
