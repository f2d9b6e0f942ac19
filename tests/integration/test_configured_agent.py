"""An agent takes settings and lines while it serves, and goes on with them after a start."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.logs import set_log_level
from lamplighter_wire import topics
from lamplighter_wire.messages import (
    Capabilities,
    Configuration,
    Configured,
    Street,
    StreetLine,
    StreetMask,
    StreetPosition,
    Telemetry,
)
from lamplighter_wire.policy.device_settings import DeviceSettings
from lamplighter_wire.signing import seal

from tests.simulators.tiny_world import DEVICE, World, build

STREET = Street(
    lines=[StreetLine(name="north", ends=((10, 0), (10, 90)))],
    masks=[StreetMask(name="garden", corners=[(0, 0), (5, 0), (5, 5)])],
    positions=[StreetPosition(latitude=52.27, longitude=10.53, heading_deg=135.0)],
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state")
    yield world
    world.stop()


@pytest.fixture(autouse=True)
def _keep_log_level() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


def configure(world: World, version: int, **settings: float | str) -> None:
    said = Configuration(
        device=DEVICE,
        version=version,
        settings=DeviceSettings(**settings),  # type: ignore[arg-type]
        settings_version=version,
        street=STREET,
        street_version=1,
    )
    topic = topics.down(DEVICE, "configuration")
    world.controller.transport.publish(topic, seal(said, world.key), retain=True)


def configured(world: World) -> Configured:
    last = world.controller.all("capabilities")[-1:]
    said = last[0] if last else Capabilities()
    assert isinstance(said, Capabilities)
    return said.configured or Configured()


def newest_window(world: World) -> Telemetry:
    last = world.controller.all("telemetry")[-1:]
    return last[0] if last else Telemetry()  # type: ignore[return-value]


def test_settings_and_lines_are_taken_without_a_restart(world: World) -> None:
    first = build("first", world.key)
    world.controller.publish(first)
    agent = world.start()
    world.controller.deploy(world.controller.desire(1, first.rung()))
    world.wait_for(1, "committed")
    assert configured(world) == Configured()
    configure(world, 1, power_budget_w=7.5, telemetry_s=1.0)
    world.wait(lambda: newest_window(world).configuration == 1, "a window of the new settings")
    world.wait(lambda: configured(world).version == 1, "the word of it")
    assert newest_window(world).street == 1
    assert configured(world).masks == 1
    assert agent.capabilities.power_budget_w == 7.5
    assert all(loop.stream.frames > 0 for loop in agent.serve_loops)
    configure(world, 2, fps_floor=8.0)  # above the cap of 6
    world.wait(lambda: configured(world).refused == 2, "a refusal")
    assert "fps_floor: 8 is above fps_cap, 6" in configured(world).detail
    assert configured(world).version == 1


def test_what_was_set_holds_after_a_start_without_a_connection(world: World) -> None:
    world.start()
    configure(world, 3, power_budget_w=7.5, log_level="error")
    world.wait(lambda: configured(world).version == 3, "the configuration")
    world.stop()
    set_log_level("info")  # as a process begins
    agent = world.boot()
    assert logging.getLogger().level == logging.ERROR
    assert agent.capabilities.power_budget_w == 7.5
    assert agent.capabilities.configured is not None
    assert agent.capabilities.configured.version == 3
