"""The least that finds objects with the same libraries: what the agent is compared with.

`python -m lamplighter_agent.benchmark.bare_loop MODEL CLIP` serves some frames and prints its
resident bytes. It imports nothing of the agent but the runtime's session.
"""

import argparse
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.tasks.detection import TENSORS, decode

from lamplighter_agent.runtimes.onnxruntime import create_session

MEMORY_FRAMES = 150
THRESHOLD = 0.35


def bare_loop(
    model_path: Path, clip: Path, size: tuple[int, int], threads: int
) -> Callable[[], object]:
    """One turn: a frame of the clip, scaled, inferred and decoded. `size` is (width, height)."""
    import av
    from av.video.reformatter import VideoReformatter

    session = create_session(model_path, threads)
    scaler = VideoReformatter()
    pictures = _cycle_frames(av, clip)

    def step() -> Any:
        picture = scaler.reformat(next(pictures), *size, "rgb24", threads=1)
        images = np.ascontiguousarray(picture.to_ndarray())[None]
        scores, distances = session.run(TENSORS.outputs, {TENSORS.input: images})
        return decode(scores[0], distances[0], *size, THRESHOLD)

    return step


def _cycle_frames(av: Any, clip: Path) -> Any:
    """All frames of a clip, again and again."""
    for _ in cycle([None]):
        with av.open(str(clip), mode="r") as container:
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            stream.codec_context.thread_count = 1
            yield from container.decode(stream)


def main(arguments: list[str] | None = None) -> None:
    """Resident bytes after MEMORY_FRAMES frames."""
    program = "python -m lamplighter_agent.benchmark.bare_loop"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--size", default="384x288")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    width, height = (int(side) for side in given.size.split("x"))
    step = bare_loop(given.model, given.clip, (width, height), given.threads)
    for _ in range(MEMORY_FRAMES):
        step()
    import psutil  # only now: the bare loop itself has no use for it

    sys.stdout.write(f"{psutil.Process().memory_info().rss}\n")


if __name__ == "__main__":
    main()
