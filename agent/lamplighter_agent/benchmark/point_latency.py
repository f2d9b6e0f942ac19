"""How long the agent's own parts take for frames of a clip, a few at a time, when it is asked.

`python -m lamplighter_agent.benchmark.point_latency RUNTIME FOLDER CLIP THREADS SESSION_CONFIG
DECODER` opens a variant; for each line "WIDTHxHEIGHT" of its input it runs some frames at that size
and prints a `Turn` as a line of JSON. Whoever measures many variants asks their processes in turns,
so that other load falls on all alike.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import msgspec
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import task_reading
from lamplighter_wire.tasks.task import Task

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.recorded import clip_source
from lamplighter_agent.perception.frame_inference import infer_frame
from lamplighter_agent.runtimes.engine import Engine
from lamplighter_agent.runtimes.installed import installed_runtimes

FRAMES = 8  # of the clip, held in memory as they were decoded
# A turn lasts for several periods of a CPU quota of 10 ms: a shorter one would slip through it.
TURN_S = 0.04


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Some frames in a row. `cpu_ms`: processor time of all of them."""

    latencies_ms: list[float]
    cpu_ms: float


def run_turn(
    engine: Engine, frames: Iterable[Frame], point: OperatingPoint, task: Task = DETECTION
) -> Turn:
    """Scale, infer and decode frame by frame until the turn is over; one frame at least.

    `task` reads the engine's outputs.
    """
    latencies_ms: list[float] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    for frame in frames:
        result = infer_frame(task, engine, frame, point, {ANY: task.default_threshold})
        latencies_ms.append(result.latency_ms)
        if time.perf_counter() - began > TURN_S:
            break
    cpu_ms = 1e3 * (time.process_time() - cpu_began)
    return Turn(latencies_ms=latencies_ms, cpu_ms=cpu_ms)


def answer_turns(
    engine: Engine, frames: Sequence[Frame], sizes: Iterable[str], task: Task = DETECTION
) -> Iterator[Turn]:
    """A turn for each size that comes; the first frame of a size loads it and is in no turn."""
    endless, warm = cycle(frames), set()
    for size in sizes:
        width, height = parse_size(size)
        point = OperatingPoint(width=width, height=height, threads=engine.threads)
        if size not in warm:
            run_turn(engine, islice(endless, 1), point, task)
            warm.add(size)
        yield run_turn(engine, endless, point, task)


def main(arguments: Sequence[str]) -> None:
    """Answer until the input ends."""
    runtime, folder, clip, threads, config, decoder = arguments
    task = task_reading(DETECTION, msgspec.json.decode(decoder, type=Decoder))
    source = clip_source(Path(clip), SystemClock(), realtime=False, loop=True)
    frames = [frame for frame in (source.read() for _ in range(FRAMES)) if frame is not None]
    engine = (
        installed_runtimes()
        .find(runtime)
        .open(Path(folder), task.tensors, int(threads), msgspec.json.decode(config))
    )
    for turn in answer_turns(engine, frames, (line.strip() for line in sys.stdin), task):
        sys.stdout.write(msgspec.json.encode(turn).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
