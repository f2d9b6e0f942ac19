"""What a device opens at all."""

import threading
from pathlib import Path

import pytest
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import EngineError
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest
from lamplighter_wire.tasks.detection import DETECTION

from tests.simulators.tiny_world import Variant, build


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
