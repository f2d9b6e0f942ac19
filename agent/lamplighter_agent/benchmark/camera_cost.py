"""What a camera costs, by stream and by how many pictures are wanted: processor time of a second.

Started by `lamplighter bench cameras`, which reads a line of JSON. A clip is encoded as network
cameras do it (1080p with a key picture a second and B-frames, the smaller stream of the same, and
MJPEG), and received as fast as the processor can, by a clock that goes with its pictures.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import VideoReformatter
from lamplighter_wire.clock import ManualClock

from lamplighter_agent.camera.live.connection import Connection, Rates

CAMERA_FPS, SECONDS = 25, 30
SETTLED_S = 10  # rates are known by then
WANTED_FPS = (25.0, 8.0, 5.0, 1.0)


@dataclass(frozen=True, slots=True)
class Stream:
    """As a camera sends one."""

    name: str
    codec: str
    width: int
    height: int
    pixels: str = "yuv420p"
    file: str = "mkv"


STREAMS = (
    Stream("1080p, H.264", "libx264", 1920, 1080),
    Stream("360p, H.264", "libx264", 640, 360),
    Stream("1080p, MJPEG", "mjpeg", 1920, 1080, "yuvj420p"),
)
H264 = {"preset": "veryfast", "crf": "26", "g": str(CAMERA_FPS), "bf": "2"}


def encode(clip: Path, stream: Stream, path: Path) -> None:
    """`SECONDS` of the clip at the camera's rate."""
    scaler = VideoReformatter()
    with av.open(str(path), "w") as container:
        sent: Any = container.add_stream(stream.codec, rate=CAMERA_FPS)
        sent.width, sent.height, sent.pix_fmt = stream.width, stream.height, stream.pixels
        if stream.codec == "libx264":
            sent.options = H264
        for number, image in enumerate(islice(_played(clip), SECONDS * CAMERA_FPS)):
            scaled = scaler.reformat(image, stream.width, stream.height, stream.pixels)
            scaled.pts, scaled.time_base = number, Fraction(1, CAMERA_FPS)
            container.mux(sent.encode(scaled))
        container.mux(sent.encode())


def _played(clip: Path) -> Iterator[Any]:
    with av.open(str(clip)) as container:
        pictures = list(container.decode(video=0))
    yield from cycle(pictures)


def cost(path: Path, wanted_fps: float) -> tuple[float, float]:
    """(milliseconds of the processor, pictures decoded), each for a second of the camera."""
    clock, decoded, asked_at, begun_s = ManualClock(), 0, 0.0, 0.0
    with av.open(str(path)) as container:
        connection = Connection(
            container, clock, Rates(), lambda: clock.monotonic() >= asked_at, lambda: wanted_fps
        )
        for number, image in enumerate(connection.pictures()):
            if number == SETTLED_S * CAMERA_FPS:
                decoded, begun_s = 0, time.thread_time()
            clock.advance(1 / CAMERA_FPS)
            if image is not None:
                decoded += 1
                asked_at = clock.monotonic() + 1 / wanted_fps - 1.5 / CAMERA_FPS
    seconds = SECONDS - SETTLED_S
    return (time.thread_time() - begun_s) * 1e3 / seconds, decoded / seconds


def main() -> int:
    """One line for each stream and rate."""
    parser = argparse.ArgumentParser(prog="python -m lamplighter_agent.benchmark.camera_cost")
    parser.add_argument("clip", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    for stream in STREAMS:
        path = asked.folder / f"{stream.codec}-{stream.height}.{stream.file}"
        encode(asked.clip, stream, path)
        for wanted_fps in WANTED_FPS:
            busy_ms, decoded = cost(path, wanted_fps)
            _say(stream, wanted_fps, busy_ms, decoded)
    return 0


def _say(stream: Stream, wanted_fps: float, busy_ms: float, decoded_fps: float) -> None:
    row = {
        "stream": stream.name,
        "wanted_fps": wanted_fps,
        "decoded_fps": round(decoded_fps, 2),
        "busy_ms_per_s": round(busy_ms, 2),
    }
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
