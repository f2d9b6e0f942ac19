"""A local socket whose connections lead through the machine's own `ssh` to an engine.

Its keys, configuration and known hosts hold; the SDK's own road takes another library with others.
"""

import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.ssh.words import ssh_trouble

ANSWER_S = 15
# What the docker command there says, and what to do about it.
REMEDIES = {
    "permission denied while trying to connect": "that user may not use Docker; add it there to the"
    " group docker",
    "not found": "it has no docker command; install Docker there",
    "Cannot connect to the Docker daemon": "no engine runs there; start it: systemctl start docker",
}


class SshBridge:
    """To one engine behind ssh://USER@HOST:PORT, from `open` to `close`.

    Raises:
        ProvisionError: the address names no host.
    """

    def __init__(self, engine: str) -> None:
        if not urlsplit(engine).hostname:
            raise ProvisionError(f"engine: {engine} names no host; write ssh://USER@HOST")
        self.engine = engine
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._listening = socket.socket(socket.AF_UNIX)
        self._running: list[subprocess.Popen[bytes]] = []

    def try_out(self) -> None:
        """Say what ssh says before the SDK, which would not; and never wait for a password.

        Raises:
            ProvisionError: says what hinders, and what to do.
        """
        try:
            done = subprocess.run(
                self._command("docker version"),
                capture_output=True,
                text=True,
                timeout=2 * ANSWER_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise ProvisionError("ssh is missing: apt-get install openssh-client") from error
        except subprocess.TimeoutExpired as error:
            raise ProvisionError(f"engine {self.engine}: ssh gets no answer in time") from error
        if done.returncode:
            raise ProvisionError(f"engine {self.engine}: {ssh_trouble(done.stderr, REMEDIES)}")

    def open(self) -> str:
        """The address of a socket that only this user can reach."""
        self._folder = tempfile.TemporaryDirectory(prefix="lamplighter-ssh-")
        path = Path(self._folder.name) / "engine.sock"
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return f"unix://{path}"

    def close(self) -> None:
        """Let nobody through any more, and end what has gone through."""
        with suppress(OSError):  # it was never opened
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._running:
            one.terminate()
        for one in self._running:
            one.wait()
        if self._folder is not None:
            self._folder.cleanup()

    def _accept(self) -> None:
        """An ssh for each connection, which it reads and writes itself and whose end is its own."""
        command = self._command("docker system dial-stdio")
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                end = connection.fileno()
                started = subprocess.Popen(command, stdin=end, stdout=end)
            self._running = [one for one in [*self._running, started] if one.poll() is None]

    def _command(self, there: str) -> list[str]:
        address = urlsplit(self.engine)
        command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={ANSWER_S}"]
        if address.username:
            command += ["-l", address.username]
        if address.port:
            command += ["-p", str(address.port)]
        return [*command, "--", address.hostname or "", there]
