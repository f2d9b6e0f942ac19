"""What a device serves, or was told to hold, is what deltas begin with."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

import msgspec
import numpy as np
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deployments.variant_deltas import (
    PATIENCE_S,
    VariantDeltas,
    held_manifests,
)
from lamplighter_controller.services.deployments.waiting_executor import WaitingExecutor
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.artifacts.encodings import ENCODINGS
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.variant_delta import Delta
from lamplighter_wire.blobs import ArtifactFile, Piece, pack
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Capabilities, Desired, OperatingPoint, Reported, Rung
from lamplighter_wire.signing import SigningKey, seal

from tests.simulators.chunk_shelf import ChunkShelf

KEY = SigningKey.generate()
RANDOM = np.random.default_rng(2)
WEIGHTS = RANDOM.integers(-128, 128, 100_000, np.int8)
NEAR, FAR = (WEIGHTS + (RANDOM.random(WEIGHTS.shape) < share) for share in (0.001, 0.01))


def _put(shelf: ChunkShelf, weights: np.ndarray) -> str:
    packed = pack([ArtifactFile("m", [Piece("w", weights.tobytes(), "int8", weights.shape)])])
    for raw in packed.chunks.values():
        shelf.put_chunk(raw)
    manifest = Manifest(parts=packed.parts, chunks=packed.refs(), size_bytes=weights.nbytes)
    return shelf.put_chunk(seal(manifest, KEY))


def _desired(sha: str) -> Desired:
    return Desired(primary=Rung(point=OperatingPoint(manifest=sha)))


def _record(*held: str, encodings: Sequence[str] = ENCODINGS) -> DeviceRecord:
    """A device that serves the first and was told to hold the others."""
    told = Desired(ladder=[Rung(point=OperatingPoint(manifest=sha)) for sha in held[1:]])
    return DeviceRecord(
        id="cam",
        capabilities=Capabilities(encodings=list(encodings)),
        reported=Reported(serving=OperatingPoint(manifest=held[0])),
        desired=seal(told, KEY),
    )


class Bench:
    """Deltas over a shelf, made when `executor` does; `told` counts what followed."""

    def __init__(self, shelf: ChunkShelf, executor: Executor | None = None) -> None:
        self.clock = ManualClock()
        self.queue = DecisionQueue(self.clock)
        self.deltas = VariantDeltas(shelf, executor or WaitingExecutor(), self.queue)
        self.told = 0

    def attach(self, desired: Desired, record: DeviceRecord) -> Desired:
        """With all that can be made."""
        while not self.prepare(desired, record):
            assert self.queue.run_due(), "something follows"
        return self.deltas.attach(desired, record)

    def prepare(self, desired: Desired, record: DeviceRecord) -> bool:
        return self.deltas.prepare(desired, record, self._then)

    def _then(self) -> None:
        self.told += 1


class Later(Executor):
    """Does what it was given when it is let."""

    def __init__(self) -> None:
        self.given: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **_named: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.given.append((future, partial(work, *args)))
        return future

    def work(self) -> None:
        for future, call in self.given:
            future.set_result(call())
        self.given.clear()


def test_the_nearest_comes_first() -> None:
    shelf = ChunkShelf()
    base, near, far = (_put(shelf, weights) for weights in (WEIGHTS, NEAR, FAR))
    first, second = Bench(shelf).attach(_desired(base), _record(far, near)).deltas
    assert (first.base, first.target, second.base) == (near, base, far)
    assert first.size_bytes < second.size_bytes < 0.1 * len(WEIGHTS)
    document = decode(shelf[first.chunk], Delta)
    assert (document.base, document.target) == (near, base)
    assert all(sha in shelf for sha in document.chunks())


def test_a_delta_is_made_once() -> None:
    shelf = ChunkShelf()
    base, near = (_put(shelf, weights) for weights in (WEIGHTS, NEAR))
    deltas = Bench(shelf)
    first = deltas.attach(_desired(near), _record(base))
    del shelf[first.deltas[0].chunk]
    assert deltas.attach(_desired(near), _record(base)) == first
    assert first.deltas[0].chunk not in shelf


def test_what_is_lost_or_held_has_none() -> None:
    shelf = ChunkShelf()
    base, near = (_put(shelf, weights) for weights in (WEIGHTS, NEAR))
    deltas = Bench(shelf)
    assert deltas.attach(_desired(near), _record(near, base)).deltas == []
    assert deltas.attach(_desired(near), _record("0" * 64)).deltas == []
    del shelf[next(sha for sha, raw in shelf.items() if len(raw) == 65_536)]
    assert deltas.attach(_desired(near), _record(base)).deltas == []


def test_only_agents_that_know_deltas_are_told_of_them() -> None:
    shelf = ChunkShelf()
    base, near = (_put(shelf, weights) for weights in (WEIGHTS, NEAR))
    deltas = Bench(shelf)
    assert deltas.attach(_desired(near), _record(base, encodings=["palette"])).deltas == []
    assert deltas.attach(_desired(near), DeviceRecord(id="new")).deltas == []
    assert len(deltas.attach(_desired(near), _record(base)).deltas) == 1


def test_an_order_waits_for_its_deltas_and_each_is_made_once_for_all_that_wait() -> None:
    shelf, later = ChunkShelf(), Later()
    base, near = (_put(shelf, weights) for weights in (WEIGHTS, NEAR))
    bench = Bench(shelf, later)
    other = msgspec.structs.replace(_record(base), id="other")
    for record in (_record(base), other, _record(base)):
        assert not bench.prepare(_desired(near), record)
    assert len(later.given) == 1
    assert bench.told == 0
    later.work()
    bench.queue.run_due()
    assert bench.told == 2, "once for each device"
    assert bench.prepare(_desired(near), other)
    assert len(bench.deltas.attach(_desired(near), other).deltas) == 1


def test_an_order_does_not_wait_for_ever() -> None:
    shelf, later = ChunkShelf(), Later()
    base, near = (_put(shelf, weights) for weights in (WEIGHTS, NEAR))
    bench = Bench(shelf, later)
    assert not bench.prepare(_desired(near), _record(base))
    bench.clock.advance(PATIENCE_S + 1.0)
    bench.queue.run_due()
    assert bench.told == 1
    assert bench.prepare(_desired(near), _record(base))
    assert bench.deltas.attach(_desired(near), _record(base)).deltas == []
    later.work()
    bench.queue.run_due()
    assert len(bench.deltas.attach(_desired(near), _record(base)).deltas) == 1, "for the next one"


def test_the_trouble_of_one_that_waited_is_not_that_of_the_others() -> None:
    shelf, later = ChunkShelf(), Later()
    base, near = (_put(shelf, weights) for weights in (WEIGHTS, NEAR))
    bench = Bench(shelf, later)

    def fail() -> None:
        raise ValueError("this device's order cannot be released")

    assert not bench.deltas.prepare(_desired(near), _record(base), fail)
    other = msgspec.structs.replace(_record(base), id="other")
    assert not bench.prepare(_desired(near), other)
    later.work()
    bench.queue.run_due()
    assert bench.told == 1


def test_what_cannot_be_made_holds_up_nobody() -> None:
    shelf = ChunkShelf()
    odd, near = shelf.put_chunk(b"{}"), _put(shelf, NEAR)
    assert Bench(shelf).attach(_desired(near), _record(odd)).deltas == []


def test_what_it_serves_is_held_before_what_it_was_told() -> None:
    assert held_manifests(_record("serving", "told", "serving")) == ["serving", "told"]
    assert held_manifests(DeviceRecord(id="new")) == []
