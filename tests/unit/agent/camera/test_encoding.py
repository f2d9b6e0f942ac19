"""Frames as JPEGs that may be sent."""

import cv2
import numpy as np
import pytest
from lamplighter_agent.camera.encoding import jpeg_of
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.errors import SourceError
from lamplighter_wire.policy.picture_limits import MOST_PICTURE_BYTES, is_picture


def _noise(width: int, height: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)


def test_a_picture_comes_back_as_it_was() -> None:
    image = np.full((96, 128, 3), (200, 120, 40), np.uint8)
    image[20:60, 30:90] = (20, 60, 180)
    jpeg = jpeg_of(frame_of(image))
    assert is_picture(jpeg)
    back = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert back.shape == image.shape
    assert float(np.abs(back.astype(int) - image).mean()) < 4


def test_a_large_and_noisy_one_is_made_to_fit() -> None:
    jpeg = jpeg_of(frame_of(_noise(1280, 960)))
    assert is_picture(jpeg)
    back = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert back.shape == (480, 640, 3)
    assert len(jpeg) <= MOST_PICTURE_BYTES


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(SourceError, match="more than 500 bytes"):
        jpeg_of(frame_of(_noise(640, 480)), most_bytes=500)
