"""A camera's password, and tokens, stand in the files that are theirs and nowhere else."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import psutil
import pytest
from lamplighter_agent.perception.answer_log import ANSWERS_FILE
from lamplighter_agent.settings import load_settings
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.signing import SigningKey

from tests.simulators.blobs import CLIP_SIZE, blob_clip, blob_detector
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import build

pytestmark = pytest.mark.broker
PASSWORD, KEY = "Wolkenbruch-7", "Pflasterstein9"
WIDTH, HEIGHT = CLIP_SIZE
CONFIG = """
device = "cam-1"
state_dir = "{folder}/state"
source = "{source}"
fps_floor = 4.0
fps_cap = 4.0
camera_width = {width}
camera_height = {height}
telemetry_s = 1.0
time_scale = 0.05
detections_every = 1
log_level = "debug"

[sources]
odd = "rtmp://wache:{password}@127.0.0.1:9/street"
gone = "rtsp://wache:{password}@127.0.0.1:9/street?key={key}"
"""


@contextmanager
def camera(clip: Path) -> Iterator[str]:
    """The address at which a clip is shown to whoever knows password and key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = base64.b64encode(f"wache:{PASSWORD}".encode()).decode()
            may_see = self.headers.get("Authorization") == f"Basic {known}" and KEY in self.path
            self.send_response(200 if may_see else 401)
            if not may_see:
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(clip.read_bytes() if may_see else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://wache:{PASSWORD}@127.0.0.1:{server.server_port}/street.ts?key={KEY}"
        server.shutdown()


class Agent:
    """An agent's process, and whatever process lists have shown of it."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        folder.mkdir()
        places = {"folder": folder, "source": source, "password": PASSWORD, "key": KEY}
        text = CONFIG.format(**places, width=WIDTH, height=HEIGHT)
        (folder / "agent.toml").write_text(text)
        self.log = folder / "agent.log"
        self.shown: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, url: str, token: str) -> None:
        (self.folder / "token").write_text(token)
        self._run("enrol", "--url", url, "--token-file", str(self.folder / "token")).wait(60)
        (self.folder / "token").unlink()
        self._process = self._run("run")

    def look(self) -> None:
        """At process lists."""
        assert self._process is not None
        with suppress(psutil.Error):
            parent = psutil.Process(self._process.pid)
            for process in (parent, *parent.children(recursive=True)):
                self.shown.add(" ".join([process.name(), *process.cmdline()]))

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        config = ["--config", str(self.folder / "agent.toml")]
        command = [sys.executable, "-m", "lamplighter_agent", *config, *words]
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LAMPLIGHTER_")}
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environ)


def answers(client: Client) -> bytes:
    """What the API says of the device, and of all that happened."""
    asked = (
        endpoints.device("cam-1"),
        endpoints.telemetry("cam-1"),
        endpoints.events(),
        endpoints.plans("cam-1"),
        endpoints.api_tokens(),
        endpoints.rollup(),
    )
    return b"".join(msgspec.json.encode(client.send(request)) for request in asked)


def test_secrets_are_in_nothing_but_their_files(tmp_path: Path) -> None:
    key = SigningKey.generate()
    clip = blob_clip(tmp_path / "street.ts", light=0.4, to_the_right=True)
    control = RunningController(tmp_path / "controller", key)
    control.offer(build("first", key, draw=partial(blob_detector)), ap50=0.5, mmac=300.0)
    with camera(clip) as source, control.running():
        agent = Agent(tmp_path / "cam", source)
        token = control.new_token("cam-1")
        agent.start(control.url, token)
        try:
            lines = tmp_path / "cam/state" / ANSWERS_FILE

            def has_seen_it() -> bool:
                agent.look()
                return lines.exists() and lines.stat().st_size > 0

            eventually(has_seen_it, "a frame of the camera is answered")
            eventually(lambda: "no camera" in agent.log.read_text(), "the odd one is told")
            said = answers(control.client)
        finally:
            agent.stop()
        bearer = control.client.target.token
    secrets = [PASSWORD, KEY, token.split(".")[1], bearer.partition(".")[0]]
    assert any("cam-1" in words or "lamplighter_agent" in words for words in agent.shown)
    for secret in map(str.encode, secrets):
        assert secret not in said
        assert not any(secret in words.encode() for words in agent.shown)
        assert holding(tmp_path, secret) <= {"agent.toml"}


def holding(folder: Path, secret: bytes) -> set[str]:
    """Names of files that hold a secret."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files if secret in path.read_bytes()}


def test_no_word_on_settings_shows_a_password(tmp_path: Path) -> None:
    wrong = {"LAMPLIGHTER_AGENT_SOURCES": f'{{"No Name": "rtsp://u:{PASSWORD}@cam/1?k={KEY}"}}'}
    with pytest.raises(SettingsError) as told:
        load_settings(environ=wrong)
    assert "rtsp://***@cam/1" in str(told.value)
    assert not {PASSWORD, KEY} & set(str(told.value).replace("@", " ").split())
    assert PASSWORD not in str(told.value) and KEY not in str(told.value)
