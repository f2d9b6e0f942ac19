"""A real Dask scheduler and real workers, each a process of its own, as an operator starts them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lamplighter_controller.link.mosquitto import free_port

ROOT = Path(__file__).resolve().parents[2]
START_WAIT_S = 60.0
# What Python runs first, in an installation that lacks a package.
LACKING = "import sys; sys.modules[{!r}] = None"


class DaskCluster:
    """A scheduler on a free port, and workers as they are asked for; runs until `stop`."""

    def __init__(self, *options: str, lacking: str = "") -> None:
        """`options` go to the scheduler and the workers; `lacking`: a package they do not have."""
        self.lacking = lacking
        self.folder = Path(tempfile.mkdtemp(prefix="dask-"))
        self._file = self.folder / "scheduler.json"
        self._options = [*options, "--scheduler-file", str(self._file)]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"tcp://127.0.0.1:{free_port()}"  # or tls://
        self.start_scheduler()
        self.url = json.loads(self._file.read_text())["address"]

    def start_scheduler(self) -> None:
        """Start it, again on its port; returns when it listens."""
        self._file.unlink(missing_ok=True)
        port = self.url.rsplit(":", 1)[1]
        options = ["--host", "127.0.0.1", "--port", port, "--no-dashboard"]
        self._start("scheduler", ["scheduler", *options, *self._options])
        self._wait(self._file.exists, "the Dask scheduler did not start")

    def start_worker(self, name: str) -> None:
        """Start a worker that does one job at a time; returns when the scheduler knows it."""
        folder = self.folder / name
        options = ["--nthreads", "1", "--name", name, "--local-directory", str(folder)]
        self._start(name, ["worker", "--no-dashboard", *options, *self._options])
        self._wait(
            lambda: "Registered to" in self.log(name), f"the Dask worker {name} did not come"
        )

    def kill(self, name: str) -> None:
        """As when its machine loses power: the process and all that it has started."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.folder / f"{name}.log").read_text()

    def stop(self) -> None:
        for name in list(self._processes):
            self.kill(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, name: str, arguments: list[str]) -> None:
        first = self.folder / "sitecustomize.py"
        first.write_text(LACKING.format(self.lacking) if self.lacking else "")
        with (self.folder / f"{name}.log").open("wb") as file:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": f"{self.folder}:{ROOT}"},
            )

    def _wait(self, done: Callable[[], bool], trouble: str) -> None:
        deadline = time.monotonic() + START_WAIT_S
        while not done():
            if time.monotonic() > deadline:
                logs = "\n".join(path.read_text() for path in self.folder.glob("*.log"))
                raise TimeoutError(f"{trouble}:\n{logs}")
            time.sleep(0.05)
