"""A camera that is known by its host alone: asked by ONVIF, received by RTSP, at two sizes."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.recorded import open_source
from lamplighter_wire.clock import SystemClock

from tests.simulators.onvif_camera import NAME, PASSWORD, OnvifCamera
from tests.simulators.rtsp_camera import RtspCamera, camera_clip, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
PATIENCE_S = 60.0
PROFILES = [("s", 160, 120, "/sub"), ("m", 320, 240, "/main")]


@pytest.fixture
def rtsp(tmp_path: Path) -> Iterator[RtspCamera]:
    clips = {
        "/main": camera_clip(tmp_path / "main.mp4", 320, 240),
        "/sub": camera_clip(tmp_path / "sub.mp4", 160, 120),
    }
    camera = RtspCamera(clips)
    camera.start()
    yield camera
    camera.kill()


def seen(source: FrameSource, is_it: Callable[[Frame], bool]) -> Frame:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        frame = source.read()
        if frame is not None and is_it(frame):
            return frame
    raise AssertionError(f"no such frame came; {source.state}: {source.reason}")


def test_its_smaller_stream_is_received_until_more_is_wanted(
    rtsp: RtspCamera, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    known = tmp_path / "cameras"
    known.write_text(f'machine 127.0.0.1 login {NAME} password "{PASSWORD}"\n')
    known.chmod(0o600)
    options = CameraOptions(credentials=str(known))
    with OnvifCamera(PROFILES, rtsp=f"rtsp://10.99.99.99:{rtsp.port}") as camera:
        source = open_source(camera.address, SystemClock(), options)
        try:
            assert seen(source, lambda _: True).width == 160
            source.want(5.0, 256, 192)
            assert seen(source, lambda frame: frame.width == 320).height == 240
        finally:
            source.close()
    assert PASSWORD not in caplog.text
