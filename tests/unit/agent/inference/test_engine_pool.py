"""What a device opens at all."""

import threading
from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import EngineError
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.runtimes.engine import LoadsBySize
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.litert import LiteRt
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.blobs import ArtifactFile, Piece, artifact_sha256, pack, sha256_hex
from lamplighter_wire.messages import OperatingPoint, Rung
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, seal
from lamplighter_wire.tasks.detection import DETECTION

from tests.simulators.tiny_world import Variant, build

MODELS = Path(__file__).parents[3] / "data/litert"


def pool_with(variant: Variant, key: SigningKey, folder: Path) -> EnginePool:
    keys = KeySet.of(key)
    slots = Slots(folder, lambda data: open_manifest(data, keys))
    slots.assemble(variant.sha, variant.chunks[variant.sha], variant.chunks.__getitem__)
    return EnginePool(slots, {}, threading.RLock(), installed_runtimes(), DETECTION)


def test_what_was_kept_for_another_task_is_not_opened(tmp_path: Path) -> None:
    key = SigningKey.generate()
    left = build("road", key, task="road-state")
    with pytest.raises(EngineError, match="road is for road-state, not traffic"):
        pool_with(left, key, tmp_path / "a").serving(left.rung())
    street = build("street", key)
    assert pool_with(street, key, tmp_path / "b").serving(street.rung()).task is DETECTION


def _of_sizes(folder: Path) -> tuple[EnginePool, str]:
    """A pool that holds one variant of LiteRT, and the name of its manifest."""
    key = SigningKey.generate()
    files = [
        ArtifactFile(path.name, [Piece("graph", path.read_bytes())])
        for path in sorted(MODELS.glob("*.tflite"))
    ]
    packed, named = pack(files), artifact_sha256(files)
    manifest = Manifest(id="two", runtime="litert", artifact_sha256=named, parts=packed.parts)
    envelope = seal(manifest, key)
    keys = KeySet.of(key)
    slots = Slots(folder, lambda data: open_manifest(data, keys))
    slots.assemble(sha256_hex(envelope), envelope, packed.chunks.__getitem__)
    pool = EnginePool(slots, {}, threading.RLock(), installed_runtimes(), DETECTION)
    return pool, sha256_hex(envelope)


@pytest.mark.skipif(not LiteRt().version(), reason="ai-edge-litert is not installed")
def test_sizes_that_no_rung_serves_give_their_memory_back(tmp_path: Path) -> None:
    """Each is a network of its own, and a device is moved between sizes for years."""
    pool, sha = _of_sizes(tmp_path)
    small = Rung(point=OperatingPoint(variant="two", manifest=sha, width=64, height=64))
    large = Rung(point=msgspec.structs.replace(small.point, width=96))
    engine = pool.serving(small).engine
    assert not pool.holds(large.point), "room is to be made for a size that is not loaded yet"
    assert pool.serving(large).engine is engine
    assert isinstance(engine, LoadsBySize)
    assert set(engine.loaded) == {"64x64", "96x64"}
    pool.keep([large.point])
    assert set(engine.loaded) == {"96x64"}
    assert (pool.holds(small.point), pool.holds(large.point)) == (False, True)
    pool.serving(small)
    assert set(engine.loaded) == {"64x64", "96x64"}
