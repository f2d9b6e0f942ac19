"""What `lamplighter bench cameras` measures."""

from pathlib import Path

import pytest
from lamplighter_agent.benchmark.camera_cost import CAMERA_FPS, Stream, cost, encode

CLIP = Path(__file__).resolve().parents[4] / "deploy/demo/clips/south-arm-midday-rain.mp4"


def test_only_what_is_wanted_is_decoded_and_paid_for(tmp_path: Path) -> None:
    path = tmp_path / "pictures.mkv"
    encode(CLIP, Stream("small, MJPEG", "mjpeg", 320, 240, "yuvj420p"), path)
    all_ms, all_fps = cost(path, float(CAMERA_FPS))
    few_ms, few_fps = cost(path, 5.0)
    assert (all_fps, few_fps) == (CAMERA_FPS, pytest.approx(5.0, rel=0.1))
    assert 0 < few_ms < all_ms
