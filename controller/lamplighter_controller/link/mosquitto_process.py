"""Processes of mosquitto: found by the configuration file they run with, started, ended."""

import contextlib
import os
import resource
import shutil
import subprocess
from pathlib import Path

import psutil

from lamplighter_controller.errors import BrokerError
from lamplighter_controller.processes import die_with_parent, most_files

PROGRAM = "mosquitto"
INSTALL_HINT = "mosquitto is not installed. Install it: sudo apt-get install -y mosquitto"
# Each device is an open file of the broker; Debian's default of 1,024 files ends at 1,016 devices.
MOST_FILES = 262_144
# It writes sessions and what waits in them to disk first: up to some hundred megabytes.
STOP_TIMEOUT_S = 20.0
_SEARCH_PATH = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


def find_mosquitto() -> str:
    """Path of the executable. Raises BrokerError with the command that installs it."""
    path = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:{_SEARCH_PATH}")
    if path is None:
        raise BrokerError(INSTALL_HINT)
    return path


def running_mosquitto(configuration: Path) -> psutil.Process | None:
    """The process of ours that runs with a configuration file, whoever started it.

    A process id on file may be another's by now; a command line says what it is.
    """
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            program, *arguments = process.cmdline() or [""]
            is_broker = Path(program).name == PROGRAM and arguments == ["-c", str(configuration)]
            if is_broker and process.uids().real == os.getuid() and is_alive(process):
                return process
    return None


def start_mosquitto(configuration: Path, log: Path, *, outlives: bool) -> psutil.Popen:
    """Start it; what it says before it can log is appended to the log file."""
    with log.open("ab") as output:
        return psutil.Popen(
            [find_mosquitto(), "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_permit_files if outlives else _as_child,
        )


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a child that has ended is reaped."""
    with contextlib.suppress(psutil.Error):
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            return True
        process.wait(0)
    return False


def end_mosquitto(process: psutil.Process) -> None:
    """Let it write its state to disk and end; kill it when that takes too long."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()


def _as_child() -> None:
    die_with_parent()
    _permit_files()


def permitted_files() -> int:
    """How many files a broker that is started from here may open."""
    return most_files(MOST_FILES)


def _permit_files() -> None:
    """As many connections as the machine permits."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (permitted_files(), hard))
