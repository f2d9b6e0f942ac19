"""One agent with two streets in memory: what a deployment waits for, what outlives a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.agent import Agent
from lamplighter_wire.messages import Telemetry

from tests.simulators.tiny_world import World, build


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state", sources={"north": "a", "south": "b"})
    yield world
    world.stop()


def frames_of(agent: Agent) -> dict[str, int]:
    """Served since the last exchange, by stream."""
    return {s.name: agent.serve.served(s).frames for s in agent.serve.streams}


def test_a_probation_waits_for_frames_of_every_stream(world: World) -> None:
    first = build("first", world.key)
    world.controller.publish(first)
    agent = world.start()
    order = world.controller.desire(1, first.rung(), probation_frames=12)
    world.controller.deploy(order)
    world.wait_for(1, "committed")
    assert min(frames_of(agent).values()) >= 12
    windows: dict[str, Telemetry] = {}

    def served_on_both() -> bool:
        for window in world.controller.all("telemetry"):
            if isinstance(window, Telemetry) and window.frames:
                windows[window.stream] = window
        return set(windows) == {"north", "south"}

    world.wait(served_on_both, "windows of both streams")
    for window in windows.values():
        assert window.serving.variant == "first"
        assert window.response_p95_ms >= window.latency_p95_ms > 0
    numbers = [getattr(w, "seq", 0) for w in world.controller.all("telemetry")]
    assert len(numbers) == len(set(numbers)), "one row of numbers for the device"


def test_a_lost_camera_holds_up_no_probation(world: World) -> None:
    first = build("first", world.key)
    world.controller.publish(first)
    agent = world.start()
    world.streets["south"].state = "lost"
    world.controller.deploy(world.controller.desire(1, first.rung(), probation_frames=12))
    world.wait_for(1, "committed")
    frames = frames_of(agent)
    assert frames["north"] >= 12
    assert frames["south"] < 12


def test_each_stream_begins_where_it_was_before_a_restart(world: World) -> None:
    first = build("first", world.key)
    world.controller.publish(first)
    agent = world.start()
    world.controller.deploy(world.controller.desire(1, first.rung()))
    world.wait_for(1, "committed")
    world.streets["south"].light = 0.03

    def lights(agent: Agent) -> dict[str, str]:
        return {s.name: s.regime.light for s in agent.serve.streams}

    night = {"north": "day", "south": "night"}
    world.wait(lambda: lights(agent) == night, "the night in the south")
    world.stop()
    assert lights(world.boot()) == night
