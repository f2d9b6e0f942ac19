"""The child process of the workshop: one job at a time, kept warm between jobs.

Run as ``python -m lamplighter_controller.workshop.child MEMORY_CAP_BYTES NICE``. Speaks JSON
lines: jobs on standard input; progress, results and errors on what was standard output. It ends
when its input ends, so it never outlives the controller by more than one job.
"""

import contextlib
import importlib
import os
import resource
import sys
import traceback
from typing import Any, BinaryIO

import msgspec

from lamplighter_controller.workshop.jobs import Job


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the child: progress, or the end of the job."""

    share: float = 0.0
    stage: str = ""
    done: bool = False
    error: str = ""
    result: Any = None


def main(arguments: list[str]) -> int:
    """Work until the input ends."""
    memory_cap_bytes, nice = int(arguments[0]), int(arguments[1])
    if memory_cap_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_cap_bytes, memory_cap_bytes))
    os.nice(nice)
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    # Libraries may print: what they say goes to the log, not between our lines.
    private = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # When the controller is gone nobody listens any more.
    with contextlib.suppress(BrokenPipeError):
        for line in sys.stdin.buffer:
            _say(private, _work(private, msgspec.json.decode(line, type=Job)))
    return 0


def _work(out: BinaryIO, job: Job) -> Reply:
    def progress(share: float, stage: str) -> None:
        _say(out, Reply(share=share, stage=stage))

    try:
        module, _, name = job.target.partition(":")
        function = getattr(importlib.import_module(module), name)
        result = function(progress, **job.payload)
    except MemoryError:
        return Reply(done=True, error="out of memory: raise workshop_memory_bytes")
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a job raises becomes its answer
        traceback.print_exc()
        return Reply(done=True, error=str(error) or type(error).__name__)
    return Reply(done=True, result=result)


def _say(out: BinaryIO, reply: Reply) -> None:
    out.write(msgspec.json.encode(reply) + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
