"""The child process of the workshop: one job at a time, kept warm between jobs.

Run as ``python -m lamplighter_controller.workshop.executors.child MEMORY_CAP_BYTES NICE``. Reads
jobs on standard input; writes progress, results and errors to what was standard output: messages
of MessagePack, each behind its length, so that bytes travel as they are. It ends when its input
ends, so it never outlives the controller by more than one job.
"""

import contextlib
import importlib
import os
import resource
import sys
import traceback
from typing import IO, Any

import msgspec

from lamplighter_controller.workshop.jobs import Job

LENGTH_BYTES = 4


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of the child: progress, or the end of the job."""

    share: float = 0.0
    stage: str = ""
    done: bool = False
    error: str = ""
    result: Any = None


def write_message(pipe: IO[bytes], message: Job | Reply) -> None:
    """One message, behind its length."""
    raw = msgspec.msgpack.encode(message)
    pipe.write(len(raw).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(raw)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> bytes | None:
    """The bytes of the next message, or None at the end, also in the middle of a message."""
    length = pipe.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    size_bytes = int.from_bytes(length, "big")
    raw = pipe.read(size_bytes)
    return raw if len(raw) == size_bytes else None


def main(arguments: list[str]) -> int:
    """Work until the input ends."""
    memory_cap_bytes, nice = int(arguments[0]), int(arguments[1])
    if memory_cap_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_cap_bytes, memory_cap_bytes))
    os.nice(nice)
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    # Libraries may print: what they print goes to the log, not between our messages.
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # When the controller is gone nobody listens any more.
    with contextlib.suppress(BrokenPipeError):
        while (raw := read_message(sys.stdin.buffer)) is not None:
            job = msgspec.msgpack.decode(raw, type=Job)
            write_message(private, _work(private, job))
    return 0


def _work(out: IO[bytes], job: Job) -> Reply:
    def progress(share: float, stage: str) -> None:
        write_message(out, Reply(share=share, stage=stage))

    try:
        module, _, name = job.target.partition(":")
        function = getattr(importlib.import_module(module), name)
        materials = {"materials": dict(job.materials)} if job.materials else {}
        result = function(progress, **materials, **job.payload)
    except MemoryError:
        return Reply(done=True, error="out of memory: raise workshop_memory_bytes")
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a job raises becomes its answer
        traceback.print_exc()
        return Reply(done=True, error=str(error) or type(error).__name__)
    return Reply(done=True, result=result)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
