"""A camera that pushes frames by itself."""

from lamplighter_agent.camera.live.source import LiveSource
from lamplighter_wire.clock import SystemClock

from tests.simulators.clips import FPS, make_clip


def test_a_live_camera_gives_its_newest_frame_and_survives_its_loss(tmp_path):
    path = tmp_path / "stream.mp4"
    source = LiveSource(str(path), SystemClock(), retry_s=0.05)
    try:
        assert source.state == "lost"
        make_clip(tmp_path / "a.mp4", 30).rename(path)
        frame = source.read()
        assert frame is not None
        assert (frame.width, frame.height) == (64, 48)
        # The stream ends, is lost, and is opened again; frames go on being numbered.
        later = [source.read() for _ in range(3)]
        assert all(other is not None for other in later)
        assert [f.index for f in [frame, *later]] == sorted({f.index for f in [frame, *later]})
        assert source.fps == FPS
    finally:
        source.close()
