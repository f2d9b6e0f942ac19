"""The controller's disk is full: devices keep what they have, and it arrives once there is room."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.link.deliveries import WINDOW
from lamplighter_wire.signing import SigningKey

from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
SIZE_MB = 24
WINDOWS = 60


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Take all the room that there is."""
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_full_disk_holds_devices_back_and_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    control = RunningController(small_disk / "controller", SigningKey.generate())
    with control.running():
        device = TalkingDevice(control.url, control.new_token("cam-a"), tmp_path / "cam-a", "cam-a")
        device.measure(1)
        eventually(lambda: not device.kept, "one that the controller has")
        ballast = small_disk / "ballast"
        fill(ballast)
        device.measure(WINDOWS)
        device.notice(3)
        eventually(lambda: len(device.session.under_way) == WINDOW, "a full window")
        time.sleep(2.0)  # long enough to store all of it, if that were possible
        assert len(device.session.under_way) == WINDOW
        ballast.unlink()

        def arrived() -> bool:
            windows = control.services.store.telemetry("cam-a", limit=None)
            frames = sorted(window.frames for window in windows)
            return frames == list(range(1, WINDOWS + 2)) and not device.kept

        eventually(arrived, "all windows")
        kinds = [event.kind for event in control.services.store.events("cam-a")]
        assert {"event-1", "event-2", "event-3"} <= set(kinds)
        device.close()
