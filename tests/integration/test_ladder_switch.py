"""Stepping from rung to rung while frames come: how long it takes, and that none is lost."""

import statistics
from collections.abc import Callable
from pathlib import Path

import msgspec
from lamplighter_wire.messages import Limits, Regime, Workload

from tests.simulators.tiny_world import World, build

SWITCHES = 20
LIMIT_MS = 50.0
# Here the test alone says that the street has changed: the device's own windows never fill.
NEVER = 100.0
STREETS = tuple(Workload(regime=Regime(light=light)) for light in ("night", "day"))


def test_rungs_are_exchanged_in_time_and_no_frame_is_dropped(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    world = World(tmp_path / "state", time_scale=NEVER)
    day, night = build("day", world.key), build("night", world.key, seed=1)
    world.controller.publish(day, night)
    agent = world.start()
    try:
        rung = msgspec.structs.replace(night.rung(), regimes=["night-dry-free"])
        world.controller.deploy(world.controller.desire(1, day.rung(), ladder=[rung]))
        world.wait_for(1, "committed")
        world.wait(lambda: world.controller.reported().resident == ["day", "night"], "the ladder")
        dropped, taken_ms = agent.serve.dropped, []
        for number in range(SWITCHES):
            frames = agent.serve.frames
            step = agent.duties.answer_shift(STREETS[number % 2], Limits())
            assert step is not None
            assert agent.duties.serving() == step.point
            taken_ms.append(step.switch_ms)
            world.wait(lambda at=frames: agent.serve.frames >= at + 2, "frames on the new rung")
        assert agent.serve.dropped == dropped
        assert agent.serve.served().errors == 0
    finally:
        world.stop()
    record_property("switch_p50_ms", statistics.median(taken_ms))
    record_property("switch_max_ms", max(taken_ms))
    assert max(taken_ms) <= LIMIT_MS
