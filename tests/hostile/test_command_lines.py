"""No argument that somebody can type ends a command in a trace: a sample of them all.

`make hostile-arguments` runs every one of them.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lamplighter_agent.__main__ import EXIT_CODES as AGENT_CODES
from lamplighter_cli.errors import EXIT_CODES

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.hostile_arguments import Case, cases, lost, prepare
from tests.simulators.served_app import served

# Set by the make target; read now, for tests find no setting of ours in the environment.
IS_ALL = bool(os.environ.get("LAMPLIGHTER_ALL_ARGUMENTS"))
IN_THE_SAMPLE = 40  # one of so many
BOUND_S = 2.0
FAULT = 70
DOCUMENTED = {"lamplighter": set(EXIT_CODES), "lamplighter-agent": set(AGENT_CODES)}
# These start a whole city or train for long; all others end by themselves soon.
LONG = ("demo", "train", "bench", "scenes")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Run = Callable[[Case, Path], dict[str, Any]]


@contextmanager
def zygote() -> Iterator[Run]:
    command = [sys.executable, "-m", "tests.simulators.command_zygote"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]

        def run(case: Case, folder: Path) -> dict[str, Any]:
            prepare(folder)
            order = {"folder": str(folder), "bound_s": BOUND_S}
            order |= {"program": case.program, "arguments": list(case.arguments)}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield run
        process.stdin.close()


def _is_chosen(case: Case) -> bool:
    """The same in each run, and spread over commands, options and values."""
    if IS_ALL:
        return True
    word = f"{case.program} {case.command} {case.option} {case.value!a}"
    every = IN_THE_SAMPLE * (4 if case.command.startswith(LONG) else 1)
    return int(hashlib.sha256(word.encode()).hexdigest(), 16) % every == 0


def _flaws(case: Case, answer: dict[str, Any], folder: Path) -> list[str]:
    output, gone = answer["output"], lost(folder)
    flaws = {
        "a trace": "Traceback" in output or "Exception ignored" in output,
        f"code {answer['code']}": answer["code"] not in DOCUMENTED[case.program] - {FAULT},
        "it hung": answer["hung"],
        f"left behind {answer['left']}": bool(answer["left"]),
        f"it deleted {gone}": bool(gone),
        "not a word": answer["code"] != 0 and not output.strip(),
    }
    return [f"{case}: {flaw}: {output[-400:]}" for flaw, there in flaws.items() if there]


def test_no_argument_ends_in_a_trace(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    day = EventfulDay(tmp_path / "day")
    flaws = []
    with served(day.app) as url, zygote() as run:
        chosen = [case for case in cases(url, day.token("admin")) if _is_chosen(case)]
        for number, case in enumerate(chosen):
            folder = tmp_path / str(number)
            flaws += _flaws(case, run(case, folder), folder)
            shutil.rmtree(folder, ignore_errors=True)
    day.close()
    assert len(chosen) > 50
    assert flaws == []
