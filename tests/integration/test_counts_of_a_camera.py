"""What is counted on a camera that dies twice and comes back with pictures of another size."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.camera.live.source import LiveSource
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.frame_inference import infer_frame
from lamplighter_agent.runtimes.onnxruntime import OnnxEngine
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.messages import OperatingPoint, Telemetry
from lamplighter_wire.tasks.detection import DETECTION, TENSORS

from tests.simulators.blobs import CLIP_SIZE, blob_clip, blob_detector
from tests.simulators.rtsp_camera import RtspCamera, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
CROSSINGS = 2
PATIENCE_S = 60.0


class Street:
    """A camera, and who counts the things that cross the middle of its pictures."""

    def __init__(self, folder: Path) -> None:
        width, height = CLIP_SIZE
        middle = width // 2
        self.clips = [
            blob_clip(
                folder / f"{scale}.mp4", light=0.4, to_the_right=True, times=CROSSINGS, scale=scale
            )
            for scale in (1, 2)
        ]
        blob_detector(folder / "model.onnx")
        self._engine = OnnxEngine(folder / "model.onnx", TENSORS)
        self._point = OperatingPoint(width=width // 2, height=height // 2)
        self._monitor = StreetMonitor(
            AgentSettings(
                camera_width=width,
                camera_height=height,
                lines=(CountLine("gate", middle, 0, middle, height),),
            )
        )
        self.camera = RtspCamera({"/main": self.clips[0]})
        self.camera.start()
        self.source = LiveSource(self.camera.address(), SystemClock(), 0.1)

    def watch(self, crossings: int) -> int:
        """Until so many are counted; the width of the last picture."""
        seen, width, until = 0, 0, time.monotonic() + PATIENCE_S
        while seen < crossings and time.monotonic() < until:
            frame = self.source.read()
            if frame is not None:
                width = frame.width
                result = infer_frame(DETECTION, self._engine, frame, self._point, {"": 0.5})
                self._monitor.follow(frame, result.answer)
                seen += self.counted()
        assert seen == crossings
        return width

    def counted(self) -> int:
        """Since it was last asked."""
        window = self._monitor.complete(Telemetry(seconds=1.0))
        return sum(sum(classes.values()) for classes in window.counts.values())

    def close(self) -> None:
        self.source.close()
        self.camera.kill()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.close()


def test_each_thing_is_counted_once_whatever_the_camera_does(street: Street) -> None:
    width, _ = CLIP_SIZE
    assert street.watch(CROSSINGS) == width
    for clip, size in ((street.clips[0], width), (street.clips[1], 2 * width)):
        street.camera.kill()
        street.camera.clips = {"/main": clip}
        street.camera.start()
        assert street.watch(CROSSINGS) == size
