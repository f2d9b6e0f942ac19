"""Videos as cameras, browsers and recorders write them, and folders as people keep them."""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from lamplighter_agent.camera.decoding import open_recording
from lamplighter_agent.camera.recorded import clip_source
from lamplighter_agent.errors import SourceError
from lamplighter_wire.clock import ManualClock

FRAMES, FPS, LEVEL0, STEP = 24, 10, 40, 4
X264 = {"preset": "ultrafast", "g": "8", "bf": "0"}
Target = Path | io.BytesIO


def write(target: Target, codec: str = "libx264", start: int = 0, **more: Any) -> Target:
    """Frame k is one grey, by which it can be told."""
    place = str(target) if isinstance(target, Path) else target
    options = X264 if codec == "libx264" else {"deadline": "realtime", "g": "8"}
    with av.open(place, "w", **more) as container:
        stream = container.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(FRAMES):
            picture = np.full((48, 64, 3), LEVEL0 + STEP * k, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = k + start, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target


def shown(path: Path, count: int) -> list[int]:
    """Numbers of the frames that it shows one after another."""
    source = clip_source(path, ManualClock(), realtime=False, loop=True)
    numbers = []
    for _ in range(count):
        frame = source.read()
        assert frame is not None, source.reason
        numbers.append(round((float(frame.rgb(64, 48).mean()) - LEVEL0) / STEP))
    source.close()
    return numbers


WHOLE = list(range(FRAMES))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("live.webm", {"codec": "libvpx-vp9", "container_options": {"live": "1"}}),
        ("raw.h264", {"format": "h264"}),
        ("late.mkv", {"start": 36_000 * FPS}),
        ("pieces.mp4", {"container_options": {"movflags": "frag_keyframe+empty_moov"}}),
    ],
)
def test_a_video_that_says_no_length_plays_as_a_whole_and_again(
    tmp_path: Path, name: str, how: dict[str, Any]
) -> None:
    path = tmp_path / name
    write(path, **how)
    assert shown(path, FRAMES + 3) == [*WHOLE, 0, 1, 2]


def test_two_recordings_in_one_file_play_one_after_the_other(tmp_path: Path) -> None:
    parts = [write(io.BytesIO(), format="mpegts") for _ in range(2)]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.getvalue() for part in parts if isinstance(part, io.BytesIO)))
    assert shown(path, 2 * FRAMES + 2) == [*WHOLE, *WHOLE, 0, 1]


def test_what_was_cut_off_says_so_and_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "whole.mp4"
    write(path, container_options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 3])
    source = clip_source(path, ManualClock(), realtime=False, loop=True)
    seen = [source.read() for _ in range(FRAMES)]
    assert seen[0] is not None
    assert seen[-1] is None
    assert (source.state, "whole.mp4" in source.reason) == ("lost", True)
    assert source.read() is not None
    assert (source.state, source.reason) == ("ok", "")


@pytest.mark.parametrize("content", [b"", b"no video\n" * 99])
def test_what_is_no_video_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "text.mp4").write_bytes(content)
    with pytest.raises(SourceError, match="no video"):
        open_recording(tmp_path / "text.mp4")


def test_a_folder_with_files_of_others_shows_its_pictures(tmp_path: Path) -> None:
    for number in (1, 3):
        image = av.VideoFrame.from_ndarray(np.full((8, 8, 3), 100, np.uint8), format="rgb24")
        image.save(str(tmp_path / f"{number}.png"))
    (tmp_path / "2.jpg").write_text("cut off")
    (tmp_path / "._1.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "Thumbs.db").write_bytes(b"\0")
    (tmp_path / "4.png").mkdir()
    recording = open_recording(tmp_path)
    assert recording.frames == 3
    assert all(recording.picture(number).width == 8 for number in range(3))
    for path in tmp_path.glob("*.png"):
        if path.is_file():
            path.unlink()
    alone = open_recording(tmp_path)
    with pytest.raises(SourceError, match="none of the pictures"):
        alone.picture(0)
