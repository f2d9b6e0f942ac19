"""A candidate in a process of its own, where it can be stopped: this side asks it."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.acceptance import candidate_process
from lamplighter_agent.acceptance.candidate_process import Answer, OutputArray, Picture
from lamplighter_agent.acceptance.child_process import ChildProcess
from lamplighter_agent.errors import AgentError, EngineError
from lamplighter_agent.perception.frame_inference import Handover
from lamplighter_agent.runtimes.engine import Images, Outputs
from lamplighter_agent.runtimes.opening import Opening


class LateError(AgentError):
    """The candidate has not answered within the time that the street can spare; it goes on."""


class EngineApart:
    """An Engine whose network runs in a child process. Safe to use from several threads.

    Args:
        timeout_s: for loading, and for each picture; a candidate that needs longer is ended.
        memory_bytes: as ChildProcess takes them, and `abort`.

    Raises:
        EngineError: it cannot be loaded, has ended, or did not load in time.
        MemoryError: there is no room for it.
        CalledOffError: `abort` says so.
    """

    def __init__(
        self,
        opening: Opening,
        timeout_s: float,
        memory_bytes: int,
        abort: Callable[[], bool],
    ) -> None:
        self._opening, self._timeout_s = opening, timeout_s
        self._patience_s: float | None = None
        self._pending_since: float | None = None  # of the picture that was not answered in time
        self._using = threading.Lock()
        self.handover = Handover()
        with ExitStack() as stack:
            self._pictures, self._answers = _file(stack), _file(stack)
            files = (self._pictures, self._answers)
            module, arguments = candidate_process.__name__, [str(file) for file in files]
            self._child = ChildProcess(module, arguments, files, memory_bytes, abort)
            stack.callback(self._child.close)
            self._child.ask(msgspec.json.encode(opening))
            self._checked(self._wait(time.monotonic(), "did not load"))
            self._files = stack.pop_all()

    @property
    def threads(self) -> int:
        return self._opening.threads

    def infer(self, images: Images) -> Outputs:
        """As Engine says; besides:

        Raises:
            LateError: it has not answered within the `patience`. The next call waits for it first.
            MemoryError, CalledOffError: as in the constructor.
        """
        with self._using:
            self._settle()
            begun, cpu_begun = time.perf_counter(), time.thread_time()
            os.pwrite(self._pictures, np.ascontiguousarray(images).data, 0)
            asked = time.monotonic()
            self._child.ask(msgspec.json.encode(Picture(images.shape)))
            answer = self._checked(self._wait_patiently(asked))
            outputs = {array.name: self._array(array) for array in answer.arrays}
            wall_s, cpu_s = time.perf_counter() - begun, time.thread_time() - cpu_begun
            self.handover = Handover(wall_s - answer.wall_s, cpu_s - answer.cpu_s)
            return outputs

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Within the block no call takes longer than this, whichever thread it comes from."""
        self._patience_s = seconds
        try:
            yield
        finally:
            self._patience_s = None

    def close(self) -> None:
        self._files.close()

    def _settle(self) -> None:
        """Take what was asked before and came too late."""
        since, self._pending_since = self._pending_since, None
        if since is not None:
            self._wait(since, "did not answer")

    def _wait_patiently(self, asked: float) -> Answer:
        if self._patience_s is None:
            return self._wait(asked, "did not answer")
        line = self._child.answer(self._patience_s)
        if line is None:
            self._pending_since = asked
            raise LateError(f"no answer within {self._patience_s:.2f} s")
        return msgspec.json.decode(line, type=Answer)

    def _wait(self, since: float, failed: str) -> Answer:
        line = self._child.answer(since + self._timeout_s - time.monotonic())
        if line is None:
            raise self._child.time_out(f"the candidate {failed} within {self._timeout_s:g} s")
        return msgspec.json.decode(line, type=Answer)

    def _checked(self, answer: Answer) -> Answer:
        if answer.error:
            raise (MemoryError if answer.no_memory else EngineError)(answer.error)
        return answer

    def _array(self, array: OutputArray) -> NDArray[Any]:
        dtype = np.dtype(array.dtype)
        size_bytes = int(np.prod(array.shape)) * dtype.itemsize
        data = os.pread(self._answers, size_bytes, array.offset)
        return np.frombuffer(data, dtype).reshape(array.shape)


def _file(stack: ExitStack) -> int:
    """A file in memory that the child shares; where there is none of that kind, on the disk."""
    with suppress(AttributeError, OSError):
        file = os.memfd_create("candidate")
        stack.callback(os.close, file)
        return file
    return stack.enter_context(tempfile.TemporaryFile()).fileno()
