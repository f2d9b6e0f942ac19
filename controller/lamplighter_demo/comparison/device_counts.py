"""Counts of a stretch of boxes, by the agent's own program."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from numpy.typing import NDArray

from lamplighter_demo.errors import DemoError

# The agent is a program of its own: the controller never imports it.
PROGRAM = "lamplighter_agent.benchmark.replayed_counts"


def answer_of(process: "subprocess.Popen[str]", program: str, job: Any) -> str:
    """What a program of the agent answers to a line of JSON. Raises DemoError: it has ended."""
    assert process.stdin and process.stdout  # noqa: S101 - for the type checker
    try:
        process.stdin.write(msgspec.json.encode(job).decode() + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        raise DemoError(f"{program} ended with {process.wait()}") from None
    return line_of(process, program)


def line_of(process: "subprocess.Popen[str]", program: str) -> str:
    """The next line that a program of the agent prints. Raises DemoError: it has ended."""
    assert process.stdout  # noqa: S101 - for the type checker
    answer = process.stdout.readline()
    if not answer:
        raise DemoError(f"{program} ended with {process.wait()}")
    return answer


class Crossing(msgspec.Struct, frozen=True):
    """As the agent tells it: an object over a line, "in" or "out", certain at so many seconds, and
    on the line at `passed_at`."""

    line: str
    direction: str
    kind: str
    track: int
    at: float
    passed_at: float = 0.0


class Counted(msgspec.Struct, frozen=True):
    """What the agent's program prints of a stretch."""

    crossings: list[Crossing]
    cpu_us_per_frame: float


@dataclass(frozen=True)
class Followed:
    """Counts and tracks: row i is track `ids[i]` with `boxes[i]` (x1, y1, x2, y2) in a frame."""

    counted: Counted
    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float32]


class DeviceCounts:
    """Runs the agent's program as long as it is open; its files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._boxes, self._tracks = folder / "boxes.npz", folder / "tracks.npz"
        self._process = subprocess.Popen(
            [sys.executable, "-m", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()

    def follow(
        self, truth: dict[str, Any], boxes: Sequence[Boxes], at: Sequence[float]
    ) -> Followed:
        """What a device sees of a camera whose frames at the seconds `at` hold these boxes.

        Raises:
            DemoError: the agent's program has ended.
        """
        self._write(boxes, at)
        job = {"boxes": str(self._boxes), "tracks": str(self._tracks), "lines": truth["lines"]}
        size = {"width": truth["width"], "height": truth["height"]}
        counted = msgspec.json.decode(self._answer(job | size), type=Counted)
        with np.load(self._tracks) as file:
            return Followed(counted, file["frames"], file["ids"], file["boxes"])

    def _write(self, boxes: Sequence[Boxes], at: Sequence[float]) -> None:
        lengths = np.array([len(one) for one in boxes])
        none = np.zeros((0, 6), np.float32)
        with self._boxes.open("wb") as file:
            np.savez(file, boxes=np.concatenate([none, *boxes]), lengths=lengths, at=np.array(at))

    def _answer(self, job: dict[str, Any]) -> str:
        return answer_of(self._process, PROGRAM, job)
