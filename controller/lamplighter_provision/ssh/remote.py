"""Commands on another machine through this one's own `ssh`, with all that it is told there."""

import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.ssh.words import ssh_trouble

ANSWER_S = 15
# ssh itself failed, not the command there.
SSH_FAILED = 255
Line = Callable[[str], object]


class Remote:
    """One machine. Never asks for a password. `end` ends what runs, from any thread."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._running: subprocess.Popen[bytes] | None = None
        self._has_ended = threading.Event()

    def run(self, command: str, line: Line, sent: Path | None = None) -> int:
        """Run a command of its shell; each line that it writes is told.

        Args:
            sent: a file for its standard input.

        Returns:
            Its exit code.

        Raises:
            ProvisionError: it cannot be reached; says what to do.
        """
        told: list[str] = []

        def hear(text: str) -> None:
            told.append(text)
            line(text)

        code = self._exchange(command, hear, sent)
        if self._has_ended.is_set():
            raise ProvisionError("stopped")
        if code == SSH_FAILED:
            raise ProvisionError(ssh_trouble("\n".join(told)))
        return code

    def end(self) -> None:
        """End what runs there now, and start nothing more."""
        self._has_ended.set()
        if self._running is not None:
            with suppress(ProcessLookupError):
                self._running.terminate()

    def _exchange(self, command: str, hear: Line, sent: Path | None) -> int:
        words = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={ANSWER_S}"]
        words += ["-o", "ServerAliveInterval=15", "--", self._host, command]
        with sent.open("rb") if sent else open_nothing() as given:
            try:
                running = subprocess.Popen(
                    words, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
                )
            except FileNotFoundError as error:
                raise ProvisionError("ssh is missing: apt-get install openssh-client") from error
            self._running = running
            with running:
                for raw in running.stdout or ():
                    hear(raw.decode(errors="replace").rstrip())
            return running.returncode


def open_nothing() -> IO[bytes]:
    """An input that has ended."""
    return Path("/dev/null").open("rb")
