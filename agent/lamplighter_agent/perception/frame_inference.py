"""From a frame to the task's answer."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lamplighter_wire.errors import TaskError
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.tasks.detection import nms
from lamplighter_wire.tasks.task import Answer, Task

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What came of one frame.

    answer: rows as the task says; what is a place in them is in camera pixels.
    latency_ms: scaling, inference and decoding, by the monotonic clock.
    cpu_s: CPU time of the same, upper bound for engines with several threads.
    """

    answer: Answer
    latency_ms: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Handover:
    """What a picture cost by the way to another process and back: no part of its inference.

    cpu_s: of the asking thread, less that of the thread that ran the network.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0


@runtime_checkable
class RunsApart(Protocol):
    """What an engine has, too, that runs in another process."""

    @property
    def handover(self) -> Handover:
        """Of the last picture."""


def infer_frame(
    task: Task, engine: Engine, frame: Frame, point: OperatingPoint, thresholds: Mapping[str, float]
) -> FrameResult:
    """Run the operating point on a frame.

    `thresholds` are scores per class, as `Task.decode` takes them.

    Raises:
        EngineError: the runtime failed, or what it gave cannot be read.
        SourceError: the picture cannot be scaled.
    """
    started, cpu_started = time.perf_counter(), time.thread_time()
    width, height = point.width, point.height
    outputs = engine.infer(frame.rgb(width, height)[None])
    handover = engine.handover if isinstance(engine, RunsApart) else Handover()
    single = {name: values[0] for name, values in outputs.items()}
    try:
        answer = task.decode(single, width, height, thresholds)
    except TaskError as error:
        raise EngineError(str(error)) from error
    if point.most_overlap > 0 and len(answer):
        answer = nms(answer, point.most_overlap)
    answer = task.scaled(answer, frame.width / width, frame.height / height)
    cpu_s = (time.thread_time() - cpu_started - handover.cpu_s) * engine.threads
    return FrameResult(answer, (time.perf_counter() - started - handover.wall_s) * 1e3, cpu_s)
