"""A local socket whose connections lead through the machine's own `ssh` to an engine.

Its keys, configuration and known hosts hold; the SDK's own road takes another library with others.
"""

import atexit
import shutil
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass
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


@dataclass(frozen=True)
class SshBridge:
    """One engine behind ssh://USER@HOST:PORT.

    Raises:
        ProvisionError: the address names no host.
    """

    engine: str

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        if not urlsplit(self.engine).hostname:
            raise ProvisionError(f"engine: {self.engine} names no host; write ssh://USER@HOST")

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
        """The address of a socket that only this user can reach; it goes with the process."""
        folder = Path(tempfile.mkdtemp(prefix="lamplighter-ssh-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(folder / "engine.sock"))
        listening.listen()
        threading.Thread(target=self._accept, args=[listening], daemon=True).start()
        return f"unix://{folder}/engine.sock"

    def _accept(self, listening: socket.socket) -> None:
        """An ssh for each connection, which it reads and writes itself and whose end is its own."""
        while True:
            connection, _ = listening.accept()
            with connection:
                command = self._command("docker system dial-stdio")
                end = connection.fileno()
                subprocess.Popen(command, stdin=end, stdout=end)

    def _command(self, there: str) -> list[str]:
        address = urlsplit(self.engine)
        command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={ANSWER_S}"]
        if address.username:
            command += ["-l", address.username]
        if address.port:
            command += ["-p", str(address.port)]
        return [*command, "--", address.hostname or "", there]
