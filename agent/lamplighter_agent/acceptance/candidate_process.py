"""A candidate in a process of its own, where it can be stopped: this side runs it.

Run as `python -m lamplighter_agent.acceptance.candidate_process PICTURES ANSWERS` with two file
descriptors. It reads an Opening and then a picture's shape line by line; pictures and what the
network makes of them lie in those two files, so that no line ever has to be waited for by halves.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray

from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine, Outputs
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.opening import Opening

PR_SET_PDEATHSIG = 1
# Where memory runs out for the whole device, this process goes before the one that serves.
OOM_SCORE, OOM_SCORE_FILE = "1000", Path("/proc/self/oom_score_adj")


class Picture(msgspec.Struct, frozen=True):
    """A picture that lies at the beginning of the file of pictures."""

    shape: tuple[int, ...]


class OutputArray(msgspec.Struct, frozen=True):
    """An output in the file of answers."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of loading the network, or of one picture; times are this side's own."""

    error: str = ""
    no_memory: bool = False
    wall_s: float = 0.0
    cpu_s: float = 0.0  # of the thread that asks, as where the agent runs an engine itself
    arrays: list[OutputArray] = []


def serve(lines: Iterable[bytes], pictures: int, answers: int, reply: "_Reply") -> None:
    """Open what the first line names, then answer each of the others."""
    lines = iter(lines)
    try:
        engine = _open(msgspec.json.decode(next(lines), type=Opening))
    except (EngineError, MemoryError) as error:
        reply(failure(error))
        return
    reply(Answer())
    for line in lines:
        picture = msgspec.json.decode(line, type=Picture)
        reply(_answer(engine, _read(pictures, picture.shape), answers))


def failure(error: Exception) -> Answer:
    """The answer where there is none."""
    text = str(error) or type(error).__name__
    return Answer(error=text, no_memory=isinstance(error, MemoryError))


def _open(opening: Opening) -> Engine:
    tensors = TensorNames(opening.input, tuple(opening.outputs))
    runtime = installed_runtimes().find(opening.runtime)
    folder, config = Path(opening.folder), opening.session_config
    return runtime.open(folder, tensors, opening.threads, config)


def _answer(engine: Engine, images: NDArray[np.uint8], answers: int) -> Answer:
    begun, cpu_begun = time.perf_counter(), time.thread_time()
    try:
        outputs = engine.infer(images)
    except (EngineError, MemoryError) as error:
        return failure(error)
    cpu_s, wall_s = time.thread_time() - cpu_begun, time.perf_counter() - begun
    return Answer(wall_s=wall_s, cpu_s=cpu_s, arrays=_write(answers, outputs))


def _read(file: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    picture = np.frombuffer(os.pread(file, int(np.prod(shape)), 0), np.uint8)
    return picture.reshape(shape)


def _write(file: int, outputs: Outputs) -> list[OutputArray]:
    arrays: list[OutputArray] = []
    offset = 0
    for name, values in outputs.items():
        array: NDArray[Any] = np.ascontiguousarray(values)
        os.pwrite(file, array.data, offset)
        arrays.append(OutputArray(name, array.dtype.str, array.shape, offset))
        offset += array.nbytes
    return arrays


class _Reply:
    """Says an answer, as one line."""

    def __init__(self, file: int) -> None:
        self._file = file

    def __call__(self, answer: Answer) -> None:
        os.write(self._file, msgspec.json.encode(answer) + b"\n")


def _end_with_the_agent() -> None:
    """An agent that is killed leaves no candidate behind that runs for ever."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _go_first() -> None:
    with suppress(OSError):
        OOM_SCORE_FILE.write_text(OOM_SCORE)


def main() -> None:
    """What libraries print goes where errors go, and not among the answers."""
    _end_with_the_agent()
    _go_first()
    reply = _Reply(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pictures, answers = map(int, sys.argv[1:])
    serve(sys.stdin.buffer, pictures, answers, reply)


if __name__ == "__main__":
    main()
