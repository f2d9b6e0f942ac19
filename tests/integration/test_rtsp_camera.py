"""A real RTSP server that asks for a password, dies, stalls, and comes back as another."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.live.source import LiveSource
from lamplighter_wire.clock import SystemClock

from tests.simulators.rtsp_camera import RtspCamera, camera_clip, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
PATIENCE_S = 60.0
SECRET = "Wolkenbruch"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {
        "/main": camera_clip(folder / "main.mp4", 320, 240),
        "/sub": camera_clip(folder / "sub.mp4", 160, 120),
    }


@pytest.fixture
def camera(clips: dict[str, Path]) -> Iterator[RtspCamera]:
    camera = RtspCamera(clips)
    camera.start()
    yield camera
    camera.kill()


def seen(source: LiveSource, is_it: Callable[[Frame], bool] = lambda _: True) -> Frame:
    """The first frame that is so."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        frame = source.read()
        if frame is not None and is_it(frame):
            return frame
    raise AssertionError(f"no such frame came; {source.state}: {source.reason}")


def lost(source: LiveSource) -> None:
    until = time.monotonic() + PATIENCE_S
    while source.state == "ok" and time.monotonic() < until:
        source.read()
    assert source.state == "lost"
    assert source.reason


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_it_is_received_by_either_road(camera: RtspCamera, transport: str) -> None:
    options = CameraOptions(rtsp_transport=transport)
    source = LiveSource(camera.address(), SystemClock(), options=options)
    try:
        first, second = seen(source), seen(source)
        assert (first.width, first.height) == (320, 240)
        assert second.index > first.index
        assert source.state == "ok"
    finally:
        source.close()


def test_name_and_password_come_from_a_file_and_are_told_to_nobody_else(
    clips: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    camera = RtspCamera(clips, user=f"wache:{SECRET}")
    camera.start()
    known = tmp_path / "cameras"
    known.write_text(f"machine 127.0.0.1 login wache password {SECRET}\n")
    options = CameraOptions(credentials=str(known))
    try:
        known.chmod(0o600)
        source = LiveSource(camera.address(), SystemClock(), 0.1, options)
        frame = seen(source)
        source.close()
        known.chmod(0o644)
        open_to_all = LiveSource(camera.address(), SystemClock(), 0.1, options)
        assert open_to_all.read() is None
        assert f"chmod 600 {known}" in open_to_all.reason
        open_to_all.close()
        refused = LiveSource(camera.address(user="wache:falsch"), SystemClock(), 0.1)
        assert refused.read() is None
        assert "401" in refused.reason
        refused.close()
        told = caplog.text + frame.clip + open_to_all.reason + refused.reason
        assert SECRET not in told
        assert "falsch" not in told
    finally:
        camera.kill()


def test_one_that_dies_comes_back_with_pictures_of_another_size(
    camera: RtspCamera, clips: dict[str, Path]
) -> None:
    source = LiveSource(camera.address(), SystemClock(), 0.1)
    try:
        before = seen(source)
        camera.kill()
        lost(source)
        camera.clips = {"/main": clips["/sub"]}
        camera.start()
        after = seen(source, lambda frame: frame.height == 120)
        assert after.width == 160
        assert after.index > before.index
        assert (source.state, source.reason) == ("ok", "")
    finally:
        source.close()


def test_one_that_stalls_is_lost_and_found_again(camera: RtspCamera) -> None:
    source = LiveSource(camera.address(), SystemClock(), 0.1)
    try:
        seen(source)
        camera.stall()
        lost(source)
        camera.go_on()
        assert seen(source).width == 320
    finally:
        source.close()


def test_the_smaller_stream_is_received_while_it_is_large_enough(camera: RtspCamera) -> None:
    options = CameraOptions(sub_address=camera.address("/sub"))
    source = LiveSource(camera.address(), SystemClock(), 0.1, options)
    try:
        assert seen(source).width == 160
        source.want(5.0, 160, 120)
        assert seen(source).width == 160
        source.want(5.0, 256, 192)
        larger = seen(source, lambda frame: frame.width == 320)
        source.want(5.0, 128, 96)
        smaller = seen(source, lambda frame: frame.width == 160)
        assert smaller.index > larger.index
    finally:
        source.close()


def test_the_main_stream_stands_in_while_the_smaller_one_is_away(
    camera: RtspCamera, clips: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter_agent.camera.live.source.SUB_PATIENCE_S", 3.0)
    smaller = RtspCamera({"/sub": clips["/sub"]})
    smaller.start()
    options = CameraOptions(sub_address=smaller.address("/sub"))
    source = LiveSource(camera.address(), SystemClock(), 0.1, options)

    def of_width(width: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            source.want(5.0, 160, 120)
            frame = source.read()
            if frame is not None and frame.width == width:
                return
        raise AssertionError(f"no picture of width {width}; {source.state}: {source.reason}")

    try:
        of_width(160)
        smaller.kill()
        of_width(320)
        smaller.start()
        of_width(160)
    finally:
        source.close()
        smaller.kill()
