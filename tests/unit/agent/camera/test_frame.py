"""Pictures as cameras give them: deep, turned, without colours."""

from pathlib import Path

import av
import numpy as np
import pytest
from lamplighter_agent.camera.frame import Frame, Scaler
from lamplighter_agent.camera.recorded import clip_source
from lamplighter_agent.perception.light_and_rain import brightness
from lamplighter_wire.clock import ManualClock

from tests.simulators.clips import make_clip

LEVEL = 90
FORMATS = (
    *("yuv420p", "yuvj420p", "nv12", "yuyv422", "yuv420p10le", "yuv422p10le", "p010le"),
    *("yuv420p12le", "gray", "gray10le", "gray16le", "rgb24", "bgr0", "gbrp"),
)


def frame_in(pixels: str, picture: np.ndarray) -> Frame:
    image = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
    return Frame(0, 0.0, image, Scaler())


@pytest.mark.parametrize("pixels", FORMATS)
def test_a_picture_is_as_bright_whatever_its_pixels_are(pixels: str) -> None:
    frame = frame_in(pixels, np.full((48, 64, 3), LEVEL, np.uint8))
    luma = frame.luma()
    assert luma.shape == (48, 64)
    assert brightness(luma, *frame.luma_range) == pytest.approx(LEVEL / 255, abs=0.03)


def test_its_depth_is_told() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    depths = [frame_in(pixels, picture).bits for pixels in ("yuv420p", "yuv420p10le", "gray16le")]
    assert depths == [8, 10, 16]


LAMP = np.zeros((48, 64, 3), np.uint8)
LAMP[:16, :16] = 255  # at the upper left, as the sensor sees it
# Of a film's header: how a player turns it.
UPRIGHT = (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
CLOCKWISE = (0, 65536, 0, -65536, 0, 0, 48 * 65536, 0, 1 << 30)
OVER = (-65536, 0, 0, 0, -65536, 0, 64 * 65536, 48 * 65536, 1 << 30)


@pytest.mark.parametrize(
    ("matrix", "corner", "size"),
    [(UPRIGHT, "NW", (64, 48)), (CLOCKWISE, "NE", (48, 64)), (OVER, "SE", (64, 48))],
)
def test_a_turned_picture_stands_upright(
    tmp_path: Path, matrix: tuple[int, ...], corner: str, size: tuple[int, int]
) -> None:
    path = make_clip(tmp_path / "turned.mp4", 3, picture=LAMP)
    film = bytearray(path.read_bytes())
    at = film.find(b"tkhd") + 4 + 40
    film[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(film)
    frame = clip_source(path, ManualClock(), realtime=False).read()
    assert frame is not None
    assert (frame.width, frame.height) == size
    upright = frame.rgb(*size)
    assert upright.shape == (size[1], size[0], 3)
    corners = {
        name: int(upright[y, x].mean())
        for name, (y, x) in {"NW": (4, 4), "NE": (4, -4), "SW": (-4, 4), "SE": (-4, -4)}.items()
    }
    assert max(corners, key=lambda name: corners[name]) == corner
    assert frame.luma().shape == upright.shape[:2]
