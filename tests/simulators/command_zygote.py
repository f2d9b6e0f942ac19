"""Runs command lines one after the other, each in a fork of a process that has imported them.

One JSON document a line comes in, one goes out. A command that is still at work when its time is
over is interrupted, as by Ctrl-C, and has to end.
"""

import ctypes
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

import lamplighter_agent.__main__
import lamplighter_cli
import lamplighter_cli.app
import psutil

PROGRAMS = {
    "lamplighter": lamplighter_cli.main,
    "lamplighter-agent": lambda: sys.exit(lamplighter_agent.__main__.main()),
}
GRACE_S = 60.0
PARTING_S = 3.0  # of those that end when their parent has
LARGEST_FILE = 64 << 20
MOST_MEMORY = 12 << 30
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


# What takes long to import, so that not every command has to.
HEAVY = (
    "lamplighter_agent.bootstrap",
    "lamplighter_agent.device.probe",
    "lamplighter_controller.api.app",
    "lamplighter_controller.bootstrap",
    "lamplighter_dashboard.app",
    "lamplighter_demo.run",
    "lamplighter_demo.simulation.run",
    "lamplighter_recipes.building.build",
    "lamplighter_scenes.datasets.dataset",
)


def _child(order: dict[str, Any], output: Path) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests
    os.chdir(order["folder"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    nothing = os.open(os.devnull, os.O_RDONLY)
    there = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, end in ((0, nothing), (1, there), (2, there)):
        os.dup2(end, number)
    os.environ["TMPDIR"] = order["folder"]
    sys.argv = [order["program"], *order["arguments"]]
    PROGRAMS[order["program"]]()


def _run(order: dict[str, Any]) -> dict[str, Any]:
    output = Path(f"{order['folder']}.log")  # beside it: commands may empty what they work in
    pid = os.fork()
    if pid == 0:
        # As the interpreter would: what leaves the program is a trace, and so is what ends threads.
        try:
            _child(order, output)
        finally:
            sys.excepthook(*sys.exc_info()) if not isinstance(
                sys.exc_info()[1], SystemExit | None
            ) else None
            ended = sys.exc_info()[1]
            code = ended.code if isinstance(ended, SystemExit) else 1
            import atexit
            import threading

            threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
            atexit._run_exitfuncs()  # noqa: SLF001
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else int(bool(code)))
    handle, begun = os.pidfd_open(pid), time.monotonic()
    interrupted = hung = False
    if not select.select([handle], [], [], order["bound_s"])[0]:
        interrupted = True
        os.killpg(pid, signal.SIGINT)
        if not select.select([handle], [], [], GRACE_S)[0]:
            hung = True
            os.kill(pid, signal.SIGKILL)
    os.close(handle)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 128 - code if code == -signal.SIGINT else code  # as a shell counts it
    said = output.read_text(errors="replace")
    output.unlink()
    return {
        "code": code,
        "interrupted": interrupted,
        "hung": hung,
        "left": _end_those_left(),
        "seconds": time.monotonic() - begun,
        "output": said,
    }


def _end_those_left() -> list[str]:
    """Processes that the command has left behind."""
    left = []
    psutil.wait_procs(psutil.Process().children(recursive=True), PARTING_S)
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                left.append(" ".join(child.cmdline())[:200])
            child.kill()
            child.wait(10)
        except psutil.Error:
            continue
    return left


def main() -> None:
    """Until the input ends."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    for module in HEAVY:
        importlib.import_module(module)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
