"""A source that may not be there yet."""

from pathlib import Path

from lamplighter_agent.camera.opening import LateSource
from lamplighter_wire.clock import ManualClock


def test_a_camera_that_is_not_there_is_a_state(tmp_path: Path) -> None:
    camera = LateSource(str(tmp_path / "none.mp4"), ManualClock())
    assert camera.read() is None
    assert camera.state == "lost"
    camera.close()
