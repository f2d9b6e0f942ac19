"""Pictures of cameras that were held otherwise are seen as training sees them."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.camera.pictures.orientation import EXIF, orientation_of
from lamplighter_agent.camera.recorded import clip_source
from lamplighter_wire.clock import ManualClock

WIDTH, HEIGHT = 96, 64
SCENE = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
SCENE[: HEIGHT // 2, : WIDTH // 2] = 255
SCENE[HEIGHT // 2 :, : WIDTH // 2] = 120


def jpeg(block: bytes) -> bytes:
    encoded = bytes(cv2.imencode(".jpg", SCENE)[1])
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    return encoded[:2] + segment + encoded[2:]


def exif(orientation: int, order: str = "<") -> bytes:
    mark = b"II" if order == "<" else b"MM"
    other = struct.pack(f"{order}HHII", 0x0100, 4, 1, WIDTH)
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    return EXIF + mark + struct.pack(f"{order}HIH", 42, 8, 2) + other + entry + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_agent_sees_what_training_sees(tmp_path: Path, orientation: int, order: str) -> None:
    path = tmp_path / "still.jpg"
    path.write_bytes(jpeg(exif(orientation, order)))
    trained = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert trained is not None
    frame = clip_source(tmp_path, ManualClock(), realtime=False).read()
    assert frame is not None
    assert (frame.height, frame.width) == trained.shape[:2]
    seen = frame.rgb(frame.width, frame.height).astype(int)
    assert np.abs(seen - trained).mean() < 3
    assert np.abs(frame.luma().astype(int) - trained[..., 0]).mean() < 25  # of either range


@given(st.binary(max_size=60), st.booleans())
def test_nothing_that_a_file_says_ends_the_reading(said: bytes, is_exif: bool) -> None:
    block = EXIF + said if is_exif else said
    assert orientation_of(jpeg(block)) in range(1, 9)
    assert orientation_of(b"\xff\xd8" + said) == 1
    assert orientation_of(said) == 1


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_value_that_is_none_is_left_out(orientation: int) -> None:
    assert orientation_of(jpeg(exif(orientation))) == 1
