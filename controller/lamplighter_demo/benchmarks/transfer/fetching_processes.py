"""Processes of the agent's own that fetch, a share of the devices in each."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, cast

import msgspec
from lamplighter_controller.processes import die_with_parent
from lamplighter_wire.command_line.edge import leave_interruptions

from lamplighter_demo.errors import DemoError

# The agent is a program of its own: the controller never imports it.
FETCHING = [sys.executable, "-m", "lamplighter_agent.benchmark.fetching"]
# A network loop in Python cannot hold more clients than about 300 in a process.
MOST_IN_A_PROCESS = 250
BEGIN_S = 0.5


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What one device has had, and when it had all of it, in seconds from the beginning."""

    device: str
    seconds: float
    bytes_received: int
    duplicates: int
    chunks_requested: int
    missing: int  # chunks that it gave up


class FetchingProcesses:
    """Connected once made; `fetch` lets all of them begin at the same time.

    Raises:
        DemoError: one of them has ended; its last words are in the log.
    """

    def __init__(
        self,
        devices: int,
        port: int,
        chunks: Path,
        folder: Path,
        prefix: str,
        *options: str,
    ) -> None:
        count = max(os.cpu_count() or 1, -(-devices // MOST_IN_A_PROCESS))
        shares = [devices // count + (n < devices % count) for n in range(count)]
        self._processes = [
            self._start(share, port, chunks, folder, f"{prefix}-{n}", options)
            for n, share in enumerate(shares)
            if share
        ]
        for process in self._processes:
            if _line(process) != "ready\n":
                raise DemoError("a process of devices has ended before it was connected")

    def fetch(self, meanwhile: Callable[[], None] | None = None) -> list[Fetched]:
        """Begin, do something besides, and wait for the last."""
        begin_at = time.time() + BEGIN_S
        for process in self._processes:
            stdin = cast("IO[str]", process.stdin)
            stdin.write(f"{begin_at}\n")
            stdin.flush()
        if meanwhile is not None:
            time.sleep(max(0.0, begin_at - time.time()))
            meanwhile()
        with ThreadPoolExecutor(len(self._processes)) as pool:
            texts = list(pool.map(lambda process: process.communicate()[0], self._processes))
        lines = [line for text in texts for line in text.splitlines()]
        return [msgspec.json.decode(line, type=Fetched) for line in lines]

    @staticmethod
    def _start(
        devices: int, port: int, chunks: Path, folder: Path, prefix: str, options: Sequence[str]
    ) -> "Popen[str]":
        command = [*FETCHING, "--port", str(port), "--chunks", str(chunks)]
        command += ["--folder", str(folder), "--prefix", prefix, "--devices", str(devices)]
        return Popen([*command, *options], stdin=PIPE, stdout=PIPE, text=True, preexec_fn=_as_child)


def write_names(path: Path, shas: Sequence[str]) -> None:
    """The list that the processes read."""
    path.write_text(json.dumps(list(shas)))


def _as_child() -> None:
    """Ctrl-C is the command's; its end is theirs."""
    leave_interruptions()
    die_with_parent()


def _line(process: "Popen[str]") -> str:
    return cast("IO[str]", process.stdout).readline()
