"""What a candidate takes of a small device's memory is judged before it is loaded."""

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.rules.memory import (
    AGENT_BYTES,
    MEASURING_PROCESS_BYTES,
    agent_bytes,
    variant_bytes,
)

from tests.simulators.tiny_world import World, build

MIB = 1 << 20


variants = st.builds(
    Manifest,
    memory_bytes=st.integers(0, 400 * MIB),
    size_bytes=st.integers(0, 40 * MIB),
    precision=st.sampled_from(["fp32", "int8"]),
)
measured = variants.filter(lambda variant: variant.memory_bytes > 0)


def test_a_variant_takes_what_exceeds_the_process_it_was_measured_in() -> None:
    variant = Manifest(memory_bytes=67 * MIB, size_bytes=MIB)
    assert variant_bytes(variant, 384, 288) == 67 * MIB - MEASURING_PROCESS_BYTES


@given(measured, st.integers(0, 10**6))
def test_a_higher_peak_never_takes_less_and_never_jumps(variant: Manifest, more: int) -> None:
    higher = msgspec.structs.replace(variant, memory_bytes=variant.memory_bytes + more)
    step = variant_bytes(higher, 384, 288) - variant_bytes(variant, 384, 288)
    assert 0 <= step <= more


@given(variants, st.integers(0, MIB), st.integers(0, 64))
def test_more_weights_or_pixels_never_take_less(variant: Manifest, more: int, rows: int) -> None:
    larger = msgspec.structs.replace(variant, size_bytes=variant.size_bytes + more)
    assert variant_bytes(larger, 384, 288 + rows) >= variant_bytes(variant, 384, 288)


@given(st.lists(variants, max_size=4), st.integers(0, 800 * MIB))
def test_what_is_planned_to_fit_is_opened_one_after_the_other(
    resident: list[Manifest], limit_bytes: int
) -> None:
    taken = [variant_bytes(variant, 512, 384) for variant in resident]
    held, refused = AGENT_BYTES, False
    for needed in taken:  # as an agent opens them: into what is free
        refused = refused or needed > limit_bytes - held
        held += needed
    if agent_bytes(taken) <= limit_bytes:
        assert not refused
    elif taken:
        assert refused


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
