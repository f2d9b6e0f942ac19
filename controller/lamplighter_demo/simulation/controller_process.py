"""The controller that a fleet is simulated for: killed, and started again as it was."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
from lamplighter_client.target import CONTROLLER_FILE, ControllerFile

from lamplighter_demo.errors import DemoError

END_S = 10.0


@dataclass(frozen=True)
class ControllerProcess:
    """One that runs on this machine, and how it was started."""

    pid: int
    command: Sequence[str]
    folder: str
    environment: Mapping[str, str]

    @staticmethod
    def of(data: Path) -> "ControllerProcess":
        """The one that uses a data folder.

        Raises:
            DemoError: there is none.
        """
        try:
            process = psutil.Process(controller_pid(data))
            command, folder = process.cmdline(), process.cwd()
            return ControllerProcess(process.pid, command, folder, process.environ())
        except (OSError, ValueError, psutil.Error) as error:
            raise DemoError(f"no controller runs here with the data of {data}") from error

    def kill(self) -> None:
        """As a crash or a power cut: no warning, no clean-up."""
        process = psutil.Process(self.pid)
        process.kill()
        process.wait(END_S)

    def start_again(self, log: Path) -> None:
        """With the same command; it stays when the simulation ends."""
        with log.open("ab") as output:
            subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def controller_pid(data: Path) -> int:
    """As the controller has left it in its folder.

    Raises:
        OSError: it has not.
        ValueError: that cannot be read.
    """
    content = (data / CONTROLLER_FILE).read_bytes()
    return msgspec.json.decode(content, type=ControllerFile).pid


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has taken."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
