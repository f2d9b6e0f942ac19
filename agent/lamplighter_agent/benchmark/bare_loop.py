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

import msgspec
import numpy as np
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import task_reading

from lamplighter_agent.runtimes.onnxruntime import create_session

MEMORY_FRAMES = 150
THRESHOLD = 0.35


def bare_loop(
    model_path: Path, clip: Path, size: tuple[int, int], threads: int, decoder: Decoder = OWN
) -> Callable[[], object]:
    """One turn: a frame of the clip, scaled, inferred and decoded. `size` is (width, height)."""
    import av
    from av.video.reformatter import VideoReformatter

    session, task = create_session(model_path, threads), task_reading(DETECTION, decoder)
    names = task.tensors.outputs
    scaler = VideoReformatter()
    pictures = _cycle_frames(av, clip)

    def step() -> Any:
        picture = scaler.reformat(next(pictures), *size, "rgb24", threads=1)
        images = np.ascontiguousarray(picture.to_ndarray())[None]
        values = session.run(names, {task.tensors.input: images})
        outputs = {name: value[0] for name, value in zip(names, values, strict=True)}
        return task.decode(outputs, *size, {ANY: THRESHOLD})

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
    parser.add_argument("--decoder", default="{}", help="JSON, as in manifests")
    given = parser.parse_args(arguments)
    width, height = (int(side) for side in given.size.split("x"))
    decoder = msgspec.json.decode(given.decoder, type=Decoder)
    step = bare_loop(given.model, given.clip, (width, height), given.threads, decoder)
    for _ in range(MEMORY_FRAMES):
        step()
    import psutil  # only now: the bare loop itself has no use for it

    sys.stdout.write(f"{psutil.Process().memory_info().rss}\n")


if __name__ == "__main__":
    main()
