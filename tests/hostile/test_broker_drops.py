"""What the broker has acknowledged and then lost: the device still has it, and sends it again."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.link.deliveries import WINDOW
from lamplighter_controller.link import mosquitto_configuration
from lamplighter_controller.link.mosquitto import free_port, stop_mosquitto
from lamplighter_controller.link.mosquitto_process import running_mosquitto
from lamplighter_wire.signing import SigningKey

from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
WINDOWS = 100


class City:
    """A controller that comes and goes, and a broker that stays."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key, self.port = folder, SigningKey.generate(), free_port()
        self.devices: list[TalkingDevice] = []

    def controller(self) -> RunningController:
        folder = self.folder / "controller"
        return RunningController(folder, self.key, stop_broker=False, broker_port=self.port)

    def enrol(self, controller: RunningController, name: str) -> TalkingDevice:
        folder = self.folder / name
        folder.mkdir()
        device = TalkingDevice(controller.url, controller.new_token(name), folder, name)
        self.devices.append(device)
        return device

    def acquainted(self, controller: RunningController, name: str) -> TalkingDevice:
        """A device whose first window the controller has."""
        device = self.enrol(controller, name)
        device.measure(1)
        eventually(lambda: not device.kept, "an empty outbox")
        return device

    def kill_broker(self) -> None:
        process = running_mosquitto(self.folder / "controller" / "broker" / "mosquitto.conf")
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait(60)

    def close(self) -> None:
        for device in self.devices:
            device.close()
        stop_mosquitto(self.folder / "controller" / "broker")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def frames(controller: RunningController, device: TalkingDevice) -> list[int]:
    windows = controller.services.store.telemetry(device.name, limit=None)
    return sorted(window.frames for window in windows)


def arrived(controller: RunningController, device: TalkingDevice) -> bool:
    """Each window once, and none is kept any longer."""
    wanted = list(range(1, device.said["telemetry"] + 1))
    return frames(controller, device) == wanted and not device.kept


def kinds(controller: RunningController, device: TalkingDevice) -> list[str]:
    return [event.kind for event in controller.services.store.events(device.name)]


def attention(controller: RunningController, device: TalkingDevice) -> list[str]:
    return [notice.kind for notice in controller.device(device.name).attention]


def test_a_queue_that_is_full_loses_nothing_and_is_told(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosquitto_configuration, "MAX_QUEUED_MESSAGES", 4)
    first = city.controller()
    with first.running():
        devices = [city.acquainted(first, name) for name in ("cam-a", "cam-b")]
    for device in devices:
        device.measure(WINDOWS)
    for device in devices:
        eventually(lambda d=device: len(d.session.under_way) == WINDOW, "a full window")
        assert device.kept == WINDOWS, "the broker's word is not enough"
    second = city.controller()
    with second.running():
        for device in devices:
            eventually(lambda d=device: arrived(second, d), f"all of {device.name}")
        told = eventually(
            lambda: [d for d in devices if "not_delivered" in kinds(second, d)], "an event"
        )
        assert "not_delivered" in attention(second, told[0])


def test_a_broker_that_is_killed_with_a_backlog_loses_nothing(city: City) -> None:
    first = city.controller()
    with first.running():
        device = city.acquainted(first, "cam-a")
    device.measure(WINDOWS)
    device.notice(3)
    eventually(lambda: len(device.session.under_way) == WINDOW, "a full window")
    city.kill_broker()  # what it had in memory only is gone
    second = city.controller()
    with second.running():
        eventually(lambda: arrived(second, device), "all of it")
        assert {f"event-{n}" for n in (1, 2, 3)} <= set(kinds(second, device))


def test_a_database_that_is_busy_holds_devices_back_and_loses_nothing(city: City) -> None:
    controller = city.controller()
    with controller.running():
        device = city.acquainted(controller, "cam-a")
        path = city.folder / "controller" / "controller.db"
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            device.measure(WINDOWS)
            eventually(lambda: len(device.session.under_way) == WINDOW, "a full window")
            assert device.kept == WINDOWS
            other.execute("ROLLBACK")
        eventually(lambda: arrived(controller, device), "all of it")


def test_a_device_that_starts_anew_sends_what_was_not_confirmed(city: City) -> None:
    first = city.controller()
    with first.running():
        device = city.acquainted(first, "cam-a")
    device.measure(WINDOWS)
    eventually(lambda: len(device.session.under_way) == WINDOW, "a full window")
    device.restart()
    second = city.controller()
    with second.running():
        eventually(lambda: arrived(second, device), "all of it")
