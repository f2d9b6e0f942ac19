"""A real sshd of our own, and an `ssh` that knows it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

PATIENCE_S = 20.0
SSHD = Path("/usr/sbin/sshd")
SERVER = """ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
"""
CLIENT = """Host {names}
HostName 127.0.0.1
Port {port}
User root
IdentityFile {folder}/user
IdentitiesOnly yes
StrictHostKeyChecking yes
UserKnownHostsFile {folder}/known_hosts
"""


class SshDoor:
    """Runs until `close`. `tools` belongs first on the PATH of whoever goes through it.

    Args:
        environment: of commands that are run through it.
        within: a command that runs another one, in whose place sshd is run.
        names: by which the client finds it, beside its address.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        within: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.tools = folder, folder / "tools"
        for name in ("host", "other", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"ssh://root@127.0.0.1:{self.port}"
        self.knows("host")
        self.client = CLIENT.format(
            folder=folder, port=self.port, names=" ".join([*names, "127.0.0.1"])
        )
        (folder / "client").write_text(self.client)
        put_ssh(self.tools, folder / "client")
        text = SERVER.format(port=self.port, folder=folder)
        if environment:
            pairs = " ".join(f"{key}={value}" for key, value in environment.items())
            text += f"SetEnv {pairs}\n"
        (folder / "server").write_text(text)
        Path("/run/sshd").mkdir(exist_ok=True)
        command = [*within, str(SSHD), "-D", "-e", "-f", str(folder / "server")]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while "Server listening" not in (log := (self.folder / "log").read_text()):
            assert self._process.poll() is None and time.monotonic() < deadline, log
            time.sleep(0.05)

    def knows(self, key: str) -> None:
        """Which host key the client takes for the gateway's; empty: none."""
        text = (self.folder / f"{key}.pub").read_text() if key else ""
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {text}" if key else "")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)


def put_ssh(tools: Path, configuration: Path) -> None:
    """An `ssh` that has a configuration, in a folder for the PATH."""
    tools.mkdir(exist_ok=True)
    program = tools / "ssh"
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {configuration} "$@"\n')
    program.chmod(0o755)
