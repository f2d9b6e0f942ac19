"""A variant comes by a delta where the other one is held, and whole in every other case."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import CalledOffError, DiskFullError, FetchError
from lamplighter_agent.updating.delta_fetching import DeltaFetching
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.artifacts.variant_delta import Delta, make_variant_delta
from lamplighter_wire.blobs import ArtifactFile, Packed, Piece, pack, sha256_hex
from lamplighter_wire.codec import encode
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired, OperatingPoint, Rung, VariantDelta
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, seal

KEY = SigningKey.generate()
WEIGHTS = np.random.default_rng(1).integers(-128, 128, 300_000, np.int8)
LATER = WEIGHTS.copy()
LATER[::30] += 1


def _variant(name: str, weights: np.ndarray) -> tuple[Manifest, dict[str, bytes]]:
    packed: Packed = pack(
        [ArtifactFile("model", [Piece("w", weights.tobytes(), "int8", weights.shape)])]
    )
    return Manifest(id=name, parts=packed.parts, chunks=packed.refs()), packed.chunks


OLD, OLD_CHUNKS = _variant("old", WEIGHTS)
NEW, NEW_CHUNKS = _variant("new", LATER)
OLD_ENVELOPE, NEW_ENVELOPE = seal(OLD, KEY), seal(NEW, KEY)
OLD_SHA, NEW_SHA = sha256_hex(OLD_ENVELOPE), sha256_hex(NEW_ENVELOPE)
MADE = make_variant_delta((OLD_SHA, NEW_SHA), OLD, NEW, (OLD_CHUNKS | NEW_CHUNKS).__getitem__)
assert MADE is not None
DELTA, DELTA_CHUNKS = MADE[0], MADE[1].chunks
DOCUMENT = encode(DELTA)


class Device:
    """Holds the old variant; fetches from `blobs`, as far as `room` goes."""

    def __init__(self, folder: Path, held: Iterable[bytes] = ()) -> None:
        self.store = ChunkStore(folder / "chunks")
        for raw in held or (OLD_ENVELOPE, *OLD_CHUNKS.values()):
            self.store.put(sha256_hex(raw), raw)
        keys = KeySet.of(KEY)
        self._slots = Slots(folder / "slots", lambda data: open_manifest(data, keys))
        self.asked: list[str] = []
        self.stops_with: Exception | None = None

    def restore(self, *blobs: bytes, document: bytes = DOCUMENT, base: str = OLD_SHA) -> int:
        """How many chunks of the new variant are lacking afterwards."""
        there = {sha256_hex(raw): raw for raw in (document, *DELTA_CHUNKS.values(), *blobs)}

        def fetch(artifact: str, shas: Iterable[str]) -> None:
            assert artifact == sha256_hex(document)
            missing = self.store.missing(shas)
            self.asked += missing
            for sha in missing:
                if self.stops_with is not None:
                    raise self.stops_with
                self.store.put(sha, there[sha])

        named = VariantDelta(base=base, target=NEW_SHA, chunk=sha256_hex(document))
        point = OperatingPoint(variant="new", manifest=NEW_SHA)
        desired = Desired(primary=Rung(point=point), deltas=[named])
        DeltaFetching(self.store, self._slots).restore(desired, NEW, fetch)
        return len(self.store.missing(needed_chunks(NEW)))


def test_all_chunks_come_from_the_other_variant_and_few_bytes(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.restore() == 0
    assert device.asked == [sha256_hex(DOCUMENT), *DELTA_CHUNKS]
    assert sum(map(len, DELTA_CHUNKS.values())) < 0.1 * len(LATER)


def test_without_the_other_one_nothing_is_fetched_for_it(tmp_path: Path) -> None:
    device = Device(tmp_path, held=[b"another"])
    assert device.restore() == len(NEW_CHUNKS)
    assert device.asked == []


def test_what_is_there_already_is_not_fetched_for(tmp_path: Path) -> None:
    device = Device(tmp_path)
    for sha, raw in NEW_CHUNKS.items():
        device.store.put(sha, raw)
    assert device.restore() == 0
    assert device.asked == []


def test_after_a_loss_of_power_it_goes_on_with_what_came(tmp_path: Path) -> None:
    first = Device(tmp_path)
    first.restore()
    lost = list(NEW_CHUNKS)[-1]
    first.store.collect_garbage({*OLD_CHUNKS, OLD_SHA, *NEW_CHUNKS, *DELTA_CHUNKS} - {lost})
    again = Device(tmp_path)
    assert again.restore() == 0
    assert again.asked == [sha256_hex(DOCUMENT)]


@pytest.mark.parametrize(
    "document",
    [
        b"no document",
        encode(msgspec.structs.replace(DELTA, base="0" * 64)),
        encode(Delta(base=OLD_SHA, target=NEW_SHA, parts=[])),
        encode(
            msgspec.structs.replace(
                DELTA, parts=[msgspec.structs.replace(DELTA.parts[0], packed_bytes=10)]
            )
        ),
    ],
    ids=["damaged", "of another", "empty", "cut short"],
)
def test_what_does_not_fit_leaves_the_chunks_to_be_fetched(tmp_path: Path, document: bytes) -> None:
    assert Device(tmp_path).restore(document=document) == len(NEW_CHUNKS)


def test_a_delta_that_yields_other_bytes_keeps_none_of_them(tmp_path: Path) -> None:
    """The manifest's own hashes decide, whatever the delta says of itself."""
    other = LATER + np.int8(1)
    manifest, chunks = _variant("other", other)
    made = make_variant_delta((OLD_SHA, NEW_SHA), OLD, manifest, (OLD_CHUNKS | chunks).__getitem__)
    assert made is not None
    device = Device(tmp_path)
    lacking = device.restore(*made[1].chunks.values(), document=encode(made[0]))
    assert lacking == len(NEW_CHUNKS)
    assert not any(map(device.store.has, chunks))


def test_one_that_never_comes_is_no_harm(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.stops_with = FetchError(ReasonCode.TIMEOUT, "it never came")
    assert device.restore() == len(NEW_CHUNKS)


@pytest.mark.parametrize("error", [CalledOffError("newer"), DiskFullError("full")], ids=repr)
def test_what_is_for_the_caller_to_decide_is_passed_on(tmp_path: Path, error: Exception) -> None:
    device = Device(tmp_path)
    device.stops_with = error
    with pytest.raises(type(error)):
        device.restore()
