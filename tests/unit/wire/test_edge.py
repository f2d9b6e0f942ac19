"""The edge of a command line: each end has its code and its word, and none a trace."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lamplighter_wire.command_line.edge import (
    FAILED,
    FAULT,
    INTERRUPTED,
    TERMINATED,
    WRONG_USE,
    Ending,
    run_command,
)

Captured = pytest.CaptureFixture[str]
PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests
from lamplighter_wire.command_line.edge import run_command
def work():
    print("at work", flush=True)
    while True:
        time.sleep(0.01)
def write():
    while True:
        print("line")
commands = {"work": work, "write": write}
sys.exit(run_command("program", commands[sys.argv[1]], lambda error: None))
"""


def fail(error: BaseException) -> int:
    raise error


def explain(error: Exception) -> Ending | None:
    return Ending(7, "as told") if isinstance(error, KeyError) else None


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["program"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_command_that_ends_well_has_its_own_code() -> None:
    assert run_command("program", lambda: 3, explain) == 3


def test_a_programs_own_errors_end_as_it_says(capsys: Captured) -> None:
    assert run_command("program", lambda: fail(KeyError("x")), explain) == 7
    assert capsys.readouterr().err == "program: as told\n"


def test_what_the_system_refuses_has_a_remedy(capsys: Captured, tmp_path: Path) -> None:
    code = run_command("program", lambda: len((tmp_path / "no").read_text()), explain)
    assert code == FAILED
    assert "does not exist; check the path" in capsys.readouterr().err
    assert run_command("program", lambda: fail(MemoryError()), explain) == FAILED
    assert "not enough memory" in capsys.readouterr().err


def test_a_fault_is_short_and_its_trace_is_in_a_file_once(capsys: Captured, tmp_path: Path) -> None:
    for _ in range(2):
        assert run_command("program", lambda: fail(ValueError("odd")), explain) == FAULT
    said = capsys.readouterr().err
    (trace,) = tmp_path.iterdir()
    assert "ValueError: odd" in said
    assert said.count(str(trace)) == 2
    assert "Traceback" not in said
    assert "Traceback" in trace.read_text()
    assert trace.stat().st_mode & 0o077 == 0


def test_a_fault_whose_trace_cannot_be_kept_is_told_all_the_same(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/x")
    assert run_command("program", lambda: fail(ValueError("odd")), explain) == FAULT
    assert "ValueError: odd" in capsys.readouterr().err


def test_arguments_that_are_no_text_are_refused(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["program", "\udcff"])
    assert run_command("program", lambda: 0, explain) == WRONG_USE
    assert "no text in UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)]
)
def test_a_signal_ends_it_with_a_word(number: signal.Signals, code: int) -> None:
    command = [sys.executable, "-c", PROGRAM, "work"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (code, "program: stopped\n")


def test_nobody_reads_its_output_any_more() -> None:
    command = [sys.executable, "-c", PROGRAM, "write"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == FAILED
        assert process.stderr is not None
        assert process.stderr.read() == ""


INTERRUPTED_IMPORT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests
class Interrupting:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from {entry} import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("entry", "module"),
    [
        ("lamplighter_cli", "lamplighter_wire.command_line.given_secrets"),
        ("lamplighter_cli", "lamplighter_cli.edge"),
        ("lamplighter_cli", "lamplighter_controller.errors"),
        ("lamplighter_agent.entry", "lamplighter_agent.__main__"),
        ("lamplighter_agent.entry", "lamplighter_agent.settings"),
    ],
)
def test_an_interruption_before_anything_has_begun_leaves_no_trace(entry: str, module: str) -> None:
    program = INTERRUPTED_IMPORT.replace("{entry}", entry)
    ended = subprocess.run(
        [sys.executable, "-c", program, module], capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


STARTING = """
import os, signal, subprocess, sys
from lamplighter_wire.command_line.edge import interruptions_held
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests
with interruptions_held():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.2)"])
try:
    os.killpg(os.getpgid(0), signal.SIGINT)
    child.wait()
except KeyboardInterrupt:
    print("told", child.wait())
"""


def test_processes_that_a_command_starts_hear_no_interruption() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTING],
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "told 0\n", "")
