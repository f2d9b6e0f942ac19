"""The commands of the page on Dask, carried out: a cluster, certificates, and a controller."""

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.link.mosquitto import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/build-on-dask.md"
WAIT_S = 120.0
PROGRAMS = {
    "dask": [sys.executable, "-m", "dask"],
    "lamplighter": [sys.executable, "-m", "lamplighter_cli"],
    "openssl": ["openssl"],
}
# So that what runs beside the tests is left alone, and the controller's files lie in the test's.
HERE = ["--data", "data", "--port", "0", "--broker-port", "0", "--stop-broker"]

pytestmark = [pytest.mark.broker, pytest.mark.slow]


class Terminal:
    """Carries out lines of the page in a folder; what does not end runs until `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = str(free_port())
        self._processes: list[subprocess.Popen[bytes]] = []

    def block(self, number: int, language: str = "sh") -> str:
        """A block of the page, as one who follows it would change it."""
        blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
        text: str = blocks[number]
        return text.replace("scheduler.example", "127.0.0.1").replace("8786", self.port)

    def run(self, line: str) -> None:
        """Until it ends."""
        subprocess.run(self._command(line), cwd=self.folder, check=True, capture_output=True)

    def start(self, line: str, ready: str) -> Path:
        """In the background, until its log holds a text; returns the log."""
        log = self.folder / f"{len(self._processes)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self._command(line),
                cwd=self.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        self.wait_for(log, ready)
        return log

    def wait_for(self, log: Path, text: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while text not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def close(self) -> None:
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_S)

    def _command(self, line: str) -> list[str]:
        program, *arguments = shlex.split(line)
        here = HERE if program == "lamplighter" else []
        return [*PROGRAMS[program], *arguments, *here]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.close()


def test_a_controller_has_its_networks_prepared_by_a_worker(terminal: Terminal) -> None:
    _install, scheduler, worker, serve = terminal.block(0).splitlines()
    controller = terminal.start(serve, "no variant is built until")
    terminal.start(scheduler, "Scheduler at")
    terminal.start(worker, "Registered to")
    terminal.wait_for(controller, "variants are built again")
    terminal.wait_for(controller, "the workshop is ready")
    assert list(terminal.folder.glob("data/workshop/parents/*/float.onnx"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_same_with_certificates(terminal: Terminal) -> None:
    for line in terminal.block(1).splitlines():
        terminal.run(line)
    scheduler, worker = terminal.block(2).splitlines()
    terminal.start(scheduler, "Scheduler at")
    terminal.start(worker, "Registered to")
    (terminal.folder / "lamplighter.toml").write_text(terminal.block(0, "toml"))
    terminal.start("lamplighter serve --config lamplighter.toml", "the workshop is ready")


def test_the_extras_of_the_page_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = set(re.findall(r"lamplighter\[([a-z,]+)\]", PAGE.read_text()))
    extras = {extra for group in named for extra in group.split(",")}
    assert extras == {"controller", "compress", "dask"}
    assert extras <= project["optional-dependencies"].keys()
