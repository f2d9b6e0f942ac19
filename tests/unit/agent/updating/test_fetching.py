"""A manifest comes by its patch where the other one is held, and whole in every other case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.delivery.transfer_totals import TransferTotals
from lamplighter_agent.errors import FetchError
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.turn import Turn
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_agent.updating.fetching import Fetching
from lamplighter_agent.updating.garbage_collection import GarbageCollection
from lamplighter_agent.updating.verifying import Verifying
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest, Part
from lamplighter_wire.artifacts.manifest_patch import make_patch
from lamplighter_wire.blobs import compress, sha256_hex
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import (
    Capabilities,
    Desired,
    ManifestPatch,
    OperatingPoint,
    Rung,
    Transfer,
)
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, seal
from lamplighter_wire.tasks.detection import DETECTION

KEY = SigningKey.generate()
WEIGHTS = b"w" * 5000


def _envelope(variant: str, created_at: float) -> bytes:
    part = Part(name="skeleton", size_bytes=len(WEIGHTS), chunks=[sha256_hex(WEIGHTS)])
    chunk = ChunkRef(sha256=part.chunks[0], size_bytes=len(WEIGHTS))
    manifest = Manifest(
        id=variant, size_bytes=len(WEIGHTS), chunks=[chunk], parts=[part], created_at=created_at
    )
    return seal(manifest, KEY)


OLD, NEW = _envelope("day", 1.0), _envelope("night", 2.0)
PATCH = make_patch(OLD, NEW)


@dataclass
class Controller:
    """Gives what it has, and remembers what was asked for."""

    store: ChunkStore
    blobs: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    artifacts: set[str] = field(default_factory=set)  # as whose chunks

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
        self.artifacts.add(artifact)
        missing = self.store.missing(shas)
        self.asked += missing
        for sha in missing:
            if sha not in self.blobs:
                raise FetchError(ReasonCode.TIMEOUT, "it never came")
            self.store.put(sha, self.blobs[sha])
        return Transfer(bytes_received=sum(len(compress(self.blobs[sha])) for sha in missing))


def _blobs(*contents: bytes) -> dict[str, bytes]:
    return {sha256_hex(content): content for content in contents}


@pytest.fixture
def store(tmp_path: Path) -> ChunkStore:
    return ChunkStore(tmp_path / "chunks")


def _fetch(
    folder: Path, controller: Controller, *patches: ManifestPatch, by_artifact: bool = False
) -> str:
    """The id of the variant that was fetched."""
    store, keys = controller.store, KeySet.of(KEY)
    slots = Slots(folder / "slots", lambda data: open_manifest(data, keys))
    garbage = GarbageCollection(
        store, slots, EnginePool(slots, {}, Turn(), Runtimes([]), DETECTION)
    )
    capabilities = Capabilities(runtimes={"onnxruntime": "1.22"})
    verifying = Verifying(store, slots, capabilities, 0)
    fetching = Fetching(store, slots, controller, verifying, garbage, 1.0)
    point = OperatingPoint(variant="night", manifest=sha256_hex(NEW))
    desired = Desired(primary=Rung(point=point), patches=list(patches), by_artifact=by_artifact)
    totals = TransferTotals(Transfer(), lambda _transfer: None)
    assert fetching.fetch(desired, [], totals, lambda: False).passed
    return slots.open_manifest(store.read(point.manifest)).id


def _patch(chunk: bytes = PATCH, base: bytes = OLD) -> ManifestPatch:
    return ManifestPatch(target=sha256_hex(NEW), base=sha256_hex(base), chunk=sha256_hex(chunk))


def test_with_the_other_manifest_at_hand_only_the_patch_is_fetched(
    tmp_path: Path, store: ChunkStore
) -> None:
    store.put(sha256_hex(OLD), OLD)
    controller = Controller(store, _blobs(PATCH, WEIGHTS))
    assert _fetch(tmp_path, controller, _patch()) == "night"
    assert controller.asked == [sha256_hex(PATCH), sha256_hex(WEIGHTS)]


@pytest.mark.parametrize("by_artifact", [False, True])
def test_chunks_are_fetched_as_whose_they_were_ordered(
    tmp_path: Path, store: ChunkStore, by_artifact: bool
) -> None:
    store.put(sha256_hex(OLD), OLD)
    controller = Controller(store, _blobs(PATCH, WEIGHTS))
    _fetch(tmp_path, controller, _patch(), by_artifact=by_artifact)
    named = {sha256_hex(PATCH), sha256_hex(NEW)}
    assert controller.artifacts == (named if by_artifact else {""})


def test_a_patch_that_needs_no_other_is_used_by_whoever_holds_none(
    tmp_path: Path, store: ChunkStore
) -> None:
    alone = make_patch(None, NEW)
    controller = Controller(store, _blobs(PATCH, alone, WEIGHTS))
    needs_none = ManifestPatch(target=sha256_hex(NEW), chunk=sha256_hex(alone))
    assert _fetch(tmp_path, controller, _patch(), needs_none) == "night"
    assert controller.asked == [sha256_hex(alone), sha256_hex(WEIGHTS)]


def test_without_it_the_whole_is_fetched(tmp_path: Path, store: ChunkStore) -> None:
    controller = Controller(store, _blobs(PATCH, NEW, WEIGHTS))
    assert _fetch(tmp_path, controller, _patch()) == "night"
    assert controller.asked == [sha256_hex(NEW), sha256_hex(WEIGHTS)]


@pytest.mark.parametrize("chunk", [b"damaged", make_patch(OLD, OLD)], ids=["damaged", "of another"])
def test_a_patch_that_does_not_fit_is_no_harm(
    tmp_path: Path, store: ChunkStore, chunk: bytes
) -> None:
    store.put(sha256_hex(OLD), OLD)
    controller = Controller(store, _blobs(chunk, NEW, WEIGHTS))
    assert _fetch(tmp_path, controller, _patch(chunk)) == "night"
    assert sha256_hex(NEW) in controller.asked


def test_a_patch_that_never_comes_is_no_harm(tmp_path: Path, store: ChunkStore) -> None:
    store.put(sha256_hex(OLD), OLD)
    controller = Controller(store, _blobs(NEW, WEIGHTS))
    assert _fetch(tmp_path, controller, _patch()) == "night"


def test_orders_without_patches_are_read_as_before(tmp_path: Path, store: ChunkStore) -> None:
    controller = Controller(store, _blobs(NEW, WEIGHTS))
    assert _fetch(tmp_path, controller) == "night"


@pytest.mark.parametrize("patches", [[], [_patch()]], ids=["whole", "by its patch"])
def test_what_refused_candidates_have_left_makes_room_for_a_manifest(
    tmp_path: Path, patches: list[ManifestPatch]
) -> None:
    """A full store would refuse every candidate otherwise, and is emptied by none."""
    left = [bytes([number]) * 1000 for number in range(8)]
    full = ChunkStore(tmp_path / "full", cap_bytes=len(OLD) + sum(map(len, left)))
    for raw in (OLD, *left):
        full.put(sha256_hex(raw), raw)
    controller = Controller(full, _blobs(PATCH, NEW, WEIGHTS))
    assert _fetch(tmp_path, controller, *patches) == "night"
