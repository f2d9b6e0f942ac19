"""dockerd in a folder of its own: no bridge, no firewall rules, nothing of the machine's."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import docker
from lamplighter_provision.engine.container import LABEL_DEVICE

PATIENCE_S = 30.0


class OwnEngine:
    """Runs until `stop`. It keeps what it is given in the prepared folder's disk."""

    def __init__(self, prepared: Path, *options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="engine-", dir=prepared))
        # A socket's path is short; the prepared folder's need not be.
        self._run = Path(tempfile.mkdtemp(prefix="dk-"))
        self.socket = self._run / "docker.sock"
        self.address = f"unix://{self.socket}"
        self.log = self.folder / "dockerd.log"
        command = [shutil.which("dockerd") or "/usr/sbin/dockerd", "--host", self.address]
        command += ["--data-root", str(self.folder / "data"), "--exec-root", str(self._run / "x")]
        command += ["--pidfile", str(self._run / "pid"), "--bridge", "none", "--iptables=false"]
        command += ["--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]
        command += ["--userland-proxy=false", *options]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self._wait()
        self.client = docker.DockerClient(self.address)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while "API listen on" not in self.log.read_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no engine can run here:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def clear(self) -> None:
        """Remove all containers, and the volumes of agents."""
        for container in self.client.containers.list(all=True):
            container.remove(force=True, v=True)
        for volume in self.client.volumes.list(filters={"label": LABEL_DEVICE}):
            volume.remove()

    def stop(self) -> None:
        """End it and delete all it held."""
        if self._process.poll() is None and hasattr(self, "client"):
            self.clear()
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        for mounted in (self._run / "x/netns").glob("*"):  # the engine leaves it behind
            subprocess.run(["umount", str(mounted)], check=False)
        for folder in (self.folder, self._run):
            shutil.rmtree(folder, ignore_errors=True)
