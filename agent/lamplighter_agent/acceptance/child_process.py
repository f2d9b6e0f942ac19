"""A child process that answers line by line, within limits of time and memory."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import IO

import psutil

from lamplighter_agent.errors import (
    CalledOffError,
    CandidateDiedError,
    CandidateTimeoutError,
)

# How often one who waits looks at the abort flag and at the child's memory.
TICK_S = 0.05
# A child that has hung up ends within this, or is ended.
LEAVE_S = 1.0
READ_BYTES = 1 << 16
LAST_WORDS_BYTES = 2000


class ChildProcess:
    """Runs a module of ours. Nothing here waits longer than it is told to.

    Args:
        files: open descriptors that the child may use as well.
        memory_bytes: it is ended when it holds more; 0 for no limit.
        abort: whether there is something newer to do.

    Raises:
        CandidateDiedError: it cannot be started.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        files: Sequence[int],
        memory_bytes: int,
        abort: Callable[[], bool],
    ) -> None:
        self._memory_bytes, self._abort = memory_bytes, abort
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        self._unread = b""
        command = [sys.executable, "-m", module, *arguments]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                pass_fds=files,
                bufsize=0,
                process_group=0,  # Ctrl-C is no fault of the candidate's: we end it
            )
        except OSError as error:
            self._errors.close()
            raise CandidateDiedError(f"no process for the candidate: {error}") from error
        os.set_blocking(self._out.fileno(), False)

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        return self._process.stdout

    def ask(self, line: bytes) -> None:
        """Hand over a line that is short enough for the pipe.

        Raises:
            CandidateDiedError: it has ended.
        """
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            self._process.stdin.write(line + b"\n")
        except OSError:
            raise self._death() from None

    def answer(self, within_s: float) -> bytes | None:
        """The next line that it says; None when none has come by then.

        Raises:
            CalledOffError: `abort` says so.
            CandidateDiedError: it has ended.
            MemoryError: it holds more than it may, and was ended.
        """
        deadline = time.monotonic() + within_s
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        while (line := self._line()) is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return None
            if poll.poll(min(left_s, TICK_S) * 1e3):
                self._read()
            else:
                self._look_after()
        return line

    def time_out(self, text: str) -> CandidateTimeoutError:
        """End it; the error that says why."""
        self.close()
        return CandidateTimeoutError(text)

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._errors):
            if file is not None:
                file.close()

    def _line(self) -> bytes | None:
        line, end, rest = self._unread.partition(b"\n")
        if not end:
            return None
        self._unread = rest
        return line

    def _read(self) -> None:
        data = os.read(self._out.fileno(), READ_BYTES)
        if not data:
            raise self._death()
        self._unread += data

    def _look_after(self) -> None:
        if self._abort():
            self.close()
            raise CalledOffError("called off")
        held = _held_bytes(self._process.pid)
        if 0 < self._memory_bytes < held:
            self.close()
            text = f"the candidate takes {held} bytes, {self._memory_bytes} are free"
            raise MemoryError(text)

    def _death(self) -> CandidateDiedError:
        """The error that says how it ended."""
        try:
            code = self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - LAST_WORDS_BYTES))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        words = f": {lines[-1]}" if lines else ""
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return CandidateDiedError(f"the candidate ended its process with {how}{words}")


def _held_bytes(pid: int) -> int:
    """Memory of its own; 0 when nobody can tell."""
    try:
        held = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(held.rss - getattr(held, "shared", 0))
