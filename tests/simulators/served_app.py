"""An application behind a real port, and the two ways to use it: HTTP and the command line."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lamplighter_cli import edge as cli


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address under which it answers meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def api_of(app: FastAPI, token: str) -> TestClient:
    """Requests below the API's own path, with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return TestClient(app, base_url="http://test/api/v1", headers=headers)


class CommandLine:
    """Runs commands on a controller."""

    def __init__(self, url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._url = url
        self._monkeypatch = monkeypatch
        self.token = token

    def run(self, *arguments: str) -> int:
        where = ("--url", self._url, "--token", self.token)
        self._monkeypatch.setattr("sys.argv", ["lamplighter", *arguments, *where])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return int(ended.value.code or 0)


@contextmanager
def command_line(
    app: FastAPI, token: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CommandLine]:
    """Commands that reach the application by its port."""
    with served(app) as url:
        yield CommandLine(url, token, monkeypatch)
