"""Small clips whose frames tell their number by their brightness."""

from pathlib import Path

import av
import numpy as np
from lamplighter_agent.camera.frame import Frame
from numpy.typing import NDArray

FPS = 10


def make_clip(
    path: Path,
    frames: int = 30,
    fps: int = FPS,
    offset: int = 0,
    picture: NDArray[np.uint8] | None = None,
) -> Path:
    """A clip whose frame k has the brightness 16 + 6 * (k + offset), or shows a picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"crf": "1", "g": "8"}
        for k in range(frames):
            level = np.full((48, 64, 3), 16 + 6 * (k + offset), np.uint8)
            shown = level if picture is None else picture
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def level(frame: Frame | None) -> int:
    """Which frame of make_clip this is."""
    assert frame is not None
    return round((int(frame.rgb(64, 48).mean()) - 16) / 6)
