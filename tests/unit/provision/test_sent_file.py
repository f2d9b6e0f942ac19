"""An image on its way tells how far it is, and arrives as it is."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import docker
import pytest
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.errors import ProvisionError

CONTENT = bytes(range(256)) * 20_000  # 5.12 MB


class LoadingEngine(HTTPServer):
    """The one operation of an engine that loads an image, over HTTP."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Loads)
        self.answer, self.received = answer, b""


class _Loads(BaseHTTPRequestHandler):
    server: LoadingEngine

    def do_POST(self) -> None:
        self.server.received = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing beside the tests' own output."""


@pytest.fixture
def loading(request: pytest.FixtureRequest) -> Iterator[tuple[LoadingEngine, DockerEngine]]:
    server = LoadingEngine(request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = docker.DockerClient(f"tcp://127.0.0.1:{server.server_port}", version="1.41")
    client.api.trust_env = False
    try:
        yield server, DockerEngine(client)
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("loading", [b'{"stream": "Loaded image: agent:1"}\n'], indirect=True)
def test_each_tenth_of_an_image_is_told_as_it_goes(
    loading: tuple[LoadingEngine, DockerEngine], tmp_path: Path
) -> None:
    server, engine = loading
    file = tmp_path / "agent.tar"
    file.write_bytes(CONTENT)
    told: list[str] = []
    engine.load_image(file, told.append)
    assert server.received == CONTENT
    assert (len(told), told[0], told[-1]) == (10, "  sent 1 of 5 MB", "  sent 5 of 5 MB")


@pytest.mark.parametrize("loading", [b'{"error": "no space left"}\n'], indirect=True)
def test_what_the_engine_says_of_an_image_that_it_cannot_keep_is_told(
    loading: tuple[LoadingEngine, DockerEngine], tmp_path: Path
) -> None:
    (tmp_path / "agent.tar").write_bytes(CONTENT)
    with pytest.raises(ProvisionError, match=r"cannot load .*agent\.tar: no space left"):
        loading[1].load_image(tmp_path / "agent.tar", str)
