"""Python of another processor, by qemu."""

import os
import subprocess
from pathlib import Path

AGENT = Path(__file__).parents[2] / "agent"


class Board:
    """Python of arm64, which knows the agent."""

    def __init__(self, emulators: Path) -> None:
        self._python = emulators / "python-arm64"
        self._environment = {**os.environ, "PYTHONPATH": str(AGENT)}

    def run(self, *arguments: object, timeout_s: float = 300.0) -> str:
        command = [str(self._python), *map(str, arguments)]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=timeout_s
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, *arguments: object, log: Path) -> "subprocess.Popen[bytes]":
        command = [str(self._python), *map(str, arguments)]
        with log.open("wb") as file:
            return subprocess.Popen(command, env=self._environment, stdout=file, stderr=file)
