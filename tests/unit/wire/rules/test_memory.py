"""What a candidate takes of a small device's memory is judged before it is loaded."""

from pathlib import Path

import pytest
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Manifest
from lamplighter_wire.rules.memory import BARE_PROCESS_BYTES, model_bytes

from tests.simulators.tiny_world import World, build

MIB = 1 << 20


@pytest.mark.parametrize(
    ("peak_bytes", "size_bytes", "expected"),
    [(67 * MIB, MIB, 67 * MIB - BARE_PROCESS_BYTES), (10 * MIB, 2 * MIB, 2 * MIB), (0, 0, 0)],
)
def test_a_model_takes_what_exceeds_a_process_without_one(
    peak_bytes: int, size_bytes: int, expected: int
) -> None:
    assert model_bytes(Manifest(memory_bytes=peak_bytes, size_bytes=size_bytes)) == expected


def test_what_does_not_fit_is_refused_without_loading_and_the_small_one_serves(
    tmp_path: Path,
) -> None:
    limit = 2048 * MIB
    world = World(tmp_path / "state", memory_limit_bytes=limit)
    small = build("small", world.key, memory_bytes=60 * MIB)
    large = build("large", world.key, seed=1, memory_bytes=limit - MIB)
    world.controller.publish(small, large)
    try:
        agent = world.start()
        world.controller.deploy(world.controller.desire(1, small.rung()))
        world.wait_for(1, "committed")
        world.controller.deploy(world.controller.desire(2, large.rung()))
        said = world.wait_for(2, "rejected")
        assert said.reason == ReasonCode.OOM
        assert "bytes" in said.detail
        assert said.serving.variant == "small"
        frames = agent.serve.frames
        world.wait(lambda: agent.serve.frames > frames, "frames")
    finally:
        world.stop()
