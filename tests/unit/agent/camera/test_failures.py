"""Why a camera gives no frames, in words that help."""

import time
from pathlib import Path

import pytest
from lamplighter_agent.camera.live.failures import failure_words
from lamplighter_agent.camera.live.source import LiveSource
from lamplighter_agent.camera.opening import LateSource
from lamplighter_wire.clock import SystemClock

from tests.simulators.mjpeg_camera import mjpeg_camera

PATIENCE_S = 30.0


def reason(address: str) -> str:
    """What a camera that gives nothing says of itself."""
    source = LiveSource(address, SystemClock(), retry_s=0.05)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while not source.reason and time.monotonic() < deadline:
            time.sleep(0.01)
        assert source.state == "lost"
        return source.reason
    finally:
        source.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("rtsp://wache:Wolkenbruch@127.0.0.1:9/x", "nothing listens there; check address and port"),
        ("http://127.0.0.1:9/x", "nothing listens there"),
        ("http://no-such-host.invalid/x", "cannot be reached; check the host's name"),
        ("/dev/video77", "no such device or file; see: ls /dev/video"),
        ("odd://127.0.0.1/x", "use rtsp://, onvif://, http:// or /dev/videoN"),
    ],
)
def test_a_camera_that_is_not_there_says_why(address: str, words: str) -> None:
    said = reason(address)
    assert words in said
    assert "Wolkenbruch" not in said


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refuses name or password (401)"),
        (403, "may not see it (403)"),
        (404, "no such stream (404)"),
        (503, "a fault of its own"),
    ],
)
def test_a_camera_that_refuses_says_why(status: int, words: str) -> None:
    with mjpeg_camera(5.0, status) as address:
        assert words in reason(address)


def test_what_is_no_video_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video\n" * 100)
    assert "no video" in reason(str(tmp_path / "text.mp4"))


def test_whatever_else_it_is_has_words() -> None:
    assert failure_words(ValueError("odd")).startswith("valueerror")


def test_a_source_that_was_never_there_says_why() -> None:
    source = LateSource("/nowhere/clip.mp4", SystemClock())
    assert source.reason == ""
    assert source.read() is None
    assert "/nowhere/clip.mp4" in source.reason
