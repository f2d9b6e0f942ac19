"""The controller hears what cameras give: once it is measured, and whenever it changes."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.device.camera_report import CameraReport
from lamplighter_agent.device.capabilities import read_capabilities, with_cameras
from lamplighter_agent.device.kept_files import KeptFiles
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.messages import CameraFacts, Capabilities


class Camera:
    """Its rate can be set."""

    state, reason, busy_cores = "ok", "", 0.0

    def __init__(self, fps: float) -> None:
        self.fps = fps

    def want(self, fps: float, width: int, height: int) -> None:
        """It gives what it gives."""

    def read(self) -> Frame:
        return frame_of(np.zeros((48, 64, 3), np.uint8))

    def close(self) -> None:
        """Nothing is open."""


class Device:
    """Streams, and who reports on them."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = AgentSettings(state_dir=folder, **settings)  # type: ignore[arg-type]
        self.kept = KeptFiles(folder)
        self.news: list[dict[str, CameraFacts]] = []
        self.cameras = {name: Camera(0.0) for name in self.settings.streams}
        self.streams = [
            Stream(self.settings, camera, StreetMonitor(self.settings), name)
            for name, camera in self.cameras.items()
        ]
        self.report = self.begin()

    def begin(self) -> CameraReport:
        told = self.capabilities().cameras
        keep = self.kept.keep_cameras, self.news.append, self.kept.keep_camera_troubles
        return CameraReport(told, self.streams, *keep)

    def capabilities(self) -> Capabilities:
        return read_capabilities(self.settings, {}, cameras=self.kept.cameras())

    def see(self, fps: float, name: str = "") -> None:
        """A frame of a camera that gives so many."""
        self.cameras[name].fps = fps
        stream = next(stream for stream in self.streams if stream.name == name)
        stream.recent.append(self.cameras[name].read())
        self.report.look()

    def told(self) -> list[Capabilities]:
        return [with_cameras(Capabilities(), cameras) for cameras in self.news]


def test_what_is_measured_is_told_once_and_kept(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.capabilities().camera_fps == 0.0
    device.report.look()
    assert device.told() == []
    device.see(5.0)
    device.see(5.2)  # nearly the same
    (told,) = device.told()
    assert (told.camera_fps, told.camera_width, told.camera_height) == (5.0, 64, 48)
    assert told.cameras[""] == CameraFacts(fps=5.0, width=64, height=48, bits=8)
    assert device.capabilities().camera_fps == 5.0, "a start begins with it"
    device.begin().look()
    assert len(device.told()) == 1


def test_a_camera_that_slows_down_is_told_anew_and_one_that_is_lost_is_as_it_was(
    tmp_path: Path,
) -> None:
    device = Device(tmp_path)
    device.see(25.0)
    device.see(8.0)
    device.see(0.0)
    assert device.told()[-1].camera_fps == 8.0


def test_the_rate_together_is_known_where_each_ones_is(tmp_path: Path) -> None:
    device = Device(tmp_path, sources={"north": "rtsp://n", "south": "rtsp://s"})
    device.see(5.0, "north")
    assert device.told()[-1].camera_fps == 0.0
    device.see(10.0, "south")
    assert device.told()[-1].camera_fps == 15.0


@pytest.mark.parametrize(("measured", "known"), [(0.0, 10.0), (25.0, 10.0), (5.0, 5.0)])
def test_what_the_owner_has_set_is_the_most(tmp_path: Path, measured: float, known: float) -> None:
    settings = AgentSettings(state_dir=tmp_path, fps=10.0)
    cameras = {"": CameraFacts(fps=measured)} if measured else {}
    assert read_capabilities(settings, {}, cameras=cameras).camera_fps == known


def test_what_ails_a_camera_is_kept_until_it_gives_frames_again(tmp_path: Path) -> None:
    device = Device(tmp_path)
    camera = device.cameras[""]
    camera.state, camera.reason = "lost", "nothing listens there"
    device.report.look()
    assert device.kept.camera_troubles() == {"": "lost: nothing listens there"}
    camera.state, camera.reason = "ok", ""
    device.report.look()
    assert device.kept.camera_troubles() == {"": ""}
