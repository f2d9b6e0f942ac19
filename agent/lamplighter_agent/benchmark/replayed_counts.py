"""What the agent would count in a stretch of boxes that were detected before.

Reads lines of JSON from standard input, a `Job` each, and prints a `Counted` for each. With that,
`lamplighter bench counting` counts as a device does, without running its network again.
"""

import sys
import time
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.counting import Crossing, LineCounter
from lamplighter_agent.perception.tracking import Tracker, Tracks


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of one camera.

    Attributes:
        boxes: npz file of `boxes` [n, 6] in camera pixels, `lengths` [frames] of them and `at`
            [frames], the seconds of each frame.
        tracks: npz file to write: `frames` [m], `ids` [m] and `boxes` [m, 4] of all tracks seen.
        width, height: of the camera's picture.
    """

    boxes: str
    tracks: str
    width: int
    height: int
    lines: list[CountLine]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Crossings in order of time, and what following and counting took of the processor."""

    crossings: list[Crossing]
    cpu_us_per_frame: float


def count(job: Job) -> Counted:
    """Follow and count as the agent does."""
    tracker, counter = Tracker(job.width, job.height), LineCounter(job.lines)
    crossings, seen, began = list[Crossing](), list[Tracks](), time.thread_time()
    for boxes, at in _frames(Path(job.boxes)):
        tracks = tracker.update(boxes, at)
        crossings += counter.update(tracks)
        seen.append(tracks)
    spent_s = time.thread_time() - began
    _write(Path(job.tracks), seen)
    return Counted(crossings=crossings, cpu_us_per_frame=1e6 * spent_s / max(len(seen), 1))


def _frames(path: Path) -> list[tuple[NDArray[np.float32], float]]:
    with np.load(path) as file:
        parts = np.split(file["boxes"], np.cumsum(file["lengths"])[:-1])
        return list(zip(parts, file["at"].tolist(), strict=True))


def _write(path: Path, seen: list[Tracks]) -> None:
    lengths = [len(tracks) for tracks in seen]
    none = np.zeros((0, 4), np.float32)
    np.savez(
        path,
        frames=np.repeat(np.arange(len(seen)), lengths),
        ids=np.concatenate([np.zeros(0, np.int64), *(tracks.ids for tracks in seen)]),
        boxes=np.concatenate([none, *(tracks.boxes for tracks in seen)]),
    )


def main(jobs: IO[str] = sys.stdin, out: IO[str] = sys.stdout) -> None:
    """One answer for each job, in order."""
    for line in jobs:
        counted = count(msgspec.json.decode(line, type=Job))
        out.write(msgspec.json.encode(counted).decode() + "\n")
        out.flush()


if __name__ == "__main__":
    main()
