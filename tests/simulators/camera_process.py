"""An agent in a process of its own, before a recorded street of one bright thing."""

import subprocess
import sys
from pathlib import Path

from tests.simulators.blobs import CLIP_SIZE, blob_clip

CONFIG = """
device = "{device}"
state_dir = "{folder}/state"
source = "playlist:{folder}/clips.json"
fps_floor = 4.0
fps_cap = 4.0
camera_width = {width}
camera_height = {height}
telemetry_s = 2.0
time_scale = 0.05
{more}
"""


class CameraProcess:
    """`more`: further lines of its settings."""

    def __init__(self, folder: Path, device: str, more: str = "") -> None:
        folder.mkdir()
        self.name = device
        for name in ("one", "two"):  # so that it is opened again whenever it has been played
            blob_clip(folder / f"{name}.mp4", light=0.4, to_the_right=True)
        (folder / "clips.json").write_text('[{"clip": "one.mp4"}, {"clip": "two.mp4"}]')
        width, height = CLIP_SIZE
        self._config = folder / "agent.toml"
        self._config.write_text(
            CONFIG.format(device=device, folder=folder, width=width, height=height, more=more)
        )
        self._log = folder / "agent.log"
        self._process: subprocess.Popen[bytes] | None = None

    def enrol(self, url: str, token: str) -> None:
        """Become a device of the controller."""
        enrol = [*self._agent, "enrol", "--url", url, "--token", token]
        subprocess.run(enrol, check=True, timeout=60)

    def start(self) -> None:
        """Run; again, after a stop or a kill."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._agent, "run"], stdout=log, stderr=subprocess.STDOUT
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def kill(self) -> None:
        """As a power cut."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)

    @property
    def _agent(self) -> list[str]:
        return [sys.executable, "-m", "lamplighter_agent", "--config", str(self._config)]
