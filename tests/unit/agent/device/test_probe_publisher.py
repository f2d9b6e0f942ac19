"""What a probe meets is an event; it ends no thread and keeps nobody from serving."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.device.kept_files import Conditions, KeptFiles
from lamplighter_agent.device.probe_publisher import ProbePublisher
from lamplighter_agent.errors import EngineError
from lamplighter_wire.messages import Message, Probe

from tests.simulators.listening_controller import DEVICE, ListeningController
from tests.simulators.tiny_world import World, build

FAULTS = [EngineError("broken"), MemoryError(), RuntimeError("of a library"), OSError("no file")]
MEASURED = Probe(device=DEVICE, seconds=2.0)


@pytest.fixture
def controller(tmp_path: Path) -> ListeningController:
    return ListeningController(tmp_path)


def publisher(
    controller: ListeningController, folder: Path, *results: Probe | Exception
) -> ProbePublisher:
    """Each measurement gives the next result, or fails with it."""
    left = iter(results)

    def measure() -> Probe:
        result = next(left)
        if isinstance(result, Exception):
            raise result
        return result

    return ProbePublisher(measure, KeptFiles(folder), Conditions(), controller.reporter)


def test_it_is_measured_once_and_again_when_asked_for(
    controller: ListeningController, tmp_path: Path
) -> None:
    again = Probe(device=DEVICE, seconds=3.0)
    probe = publisher(controller, tmp_path, MEASURED, again)
    probe.publish()
    probe.publish()
    assert _seconds(controller) == [2.0, 2.0]
    probe.publish(fresh=True)
    probe.publish()
    assert _seconds(controller)[2:] == [3.0, 3.0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_probe_that_fails_is_an_event(
    controller: ListeningController, tmp_path: Path, fault: Exception
) -> None:
    probe = publisher(controller, tmp_path, fault, MEASURED)
    probe.publish()
    assert controller.messages("probe") == []
    assert controller.events() == [("probe_failed", "error")]
    probe.publish()
    assert _seconds(controller) == [2.0], "the next one is tried"


@pytest.mark.timeout(30)
def test_a_device_that_was_not_measured_tries_again_until_it_is(
    controller: ListeningController, tmp_path: Path
) -> None:
    probe = publisher(controller, tmp_path, *FAULTS, MEASURED)
    probe.publish()
    probe.run(threading.Event(), again_s=0.001)
    assert _seconds(controller) == [2.0]
    assert controller.events() == len(FAULTS) * [("probe_failed", "error")]
    probe.run(threading.Event())
    assert _seconds(controller) == [2.0], "it is known"


def test_an_agent_that_stops_tries_no_more(controller: ListeningController, tmp_path: Path) -> None:
    probe, stop = publisher(controller, tmp_path, FAULTS[0]), threading.Event()
    stop.set()
    probe.run(stop)
    assert controller.events() == []


def _seconds(controller: ListeningController) -> list[float]:
    return [probe.seconds for probe in controller.messages("probe") if isinstance(probe, Probe)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state")
    yield world
    world.stop()


def test_a_device_serves_what_is_known_good_although_its_probe_fails(world: World) -> None:
    only = build("only", world.key)
    world.controller.publish(only)
    world.start()
    world.controller.deploy(world.controller.desire(1, only.rung()))
    world.wait_for(1, "committed")
    world.stop()

    agent = world.boot()

    def fail() -> Probe:
        raise MemoryError

    kept = KeptFiles(world.state_dir / "none kept")
    agent.probe = ProbePublisher(fail, kept, Conditions(), agent.reporter)
    agent.start()
    world.wait(lambda: agent.serve.frames > 2, "frames")
    assert agent.effects.serving().variant == "only"
    world.controller.command("probe")
    world.wait(lambda: len(_failures(world)) == 2, "the answer to the command")
    assert agent.alive


def _failures(world: World) -> list[Message]:
    events = world.controller.all("event")
    return [event for event in events if getattr(event, "kind", "") == "probe_failed"]
