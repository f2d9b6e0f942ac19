"""A network camera: GStreamer's RTSP server, in a process that can be killed and stopped."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import av
import numpy as np
from lamplighter_controller.link.mosquitto import free_port

PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
BINDINGS = "import gi; gi.require_version('GstRtspServer', '1.0')"
CAMERA_FPS = 10


def why_not() -> str:
    """Why no such camera can run here; empty where one can."""
    try:
        subprocess.run([PYTHON, "-c", BINDINGS], check=True, stderr=DEVNULL, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return (
            "no RTSP server here: apt-get install gir1.2-gst-rtsp-server-1.0"
            " gstreamer1.0-plugins-good python3-gi"
        )
    return ""


class RtspCamera:
    """Gives each clip at its path, from its beginning to everybody who comes.

    Args:
        clips: file by path, such as /main.
        user: NAME:PASSWORD that it asks for; empty: nobody's.
    """

    def __init__(self, clips: Mapping[str, Path], user: str = "") -> None:
        self.port = free_port()
        self.clips, self._user = dict(clips), user
        self._process: Popen[str] | None = None

    def address(self, path: str = "/main", user: str = "") -> str:
        """Of one of its streams."""
        return f"rtsp://{user}{'@' if user else ''}127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Returns once it listens."""
        clips = [f"{path}={file}" for path, file in self.clips.items()]
        command = [PYTHON, str(SERVER), str(self.port), self._user or "-", *clips]
        self._process = Popen(command, stdout=PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def stall(self) -> None:
        """It keeps its connections and says nothing more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


def camera_clip(path: Path, width: int, height: int, seconds: float = 60.0) -> Path:
    """Of a sensor with noise; a key picture each second, and two of three that none refers to."""
    noise = np.random.default_rng(width).integers(0, 255, (16, height, width, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=CAMERA_FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "40", "preset": "ultrafast", "g": "10", "bf": "2"}
        for number in range(round(seconds * CAMERA_FPS)):
            picture = noise[number % len(noise)] // 2 + number % 100
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
