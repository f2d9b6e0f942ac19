"""A real sshd of our own in front of an engine, and an `ssh` that knows it."""

import shutil
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

PATIENCE_S = 20.0
SERVER = """ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
SetEnv DOCKER_HOST={engine}
"""
CLIENT = """Host *
IdentityFile {folder}/user
IdentitiesOnly yes
StrictHostKeyChecking yes
UserKnownHostsFile {folder}/known_hosts
"""


class SshDoor:
    """Runs until `close`. `tools` belongs first on the PATH of whoever goes through it."""

    def __init__(self, folder: Path, engine: str) -> None:
        folder.mkdir()
        self.folder, self.tools = folder, folder / "tools"
        for name in ("host", "other", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"ssh://root@127.0.0.1:{self.port}"
        self.knows("host")
        (folder / "client").write_text(CLIENT.format(folder=folder))
        self.tools.mkdir()
        (self.tools / "ssh").write_text(
            f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/client "$@"\n'
        )
        (self.tools / "ssh").chmod(0o755)
        text = SERVER.format(port=self.port, folder=folder, engine=engine)
        (folder / "server").write_text(text)
        Path("/run/sshd").mkdir(exist_ok=True)
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "server")]
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
