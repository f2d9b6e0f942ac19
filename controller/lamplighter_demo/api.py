"""The demo reads the city through the same HTTP API as everybody else."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from lamplighter_controller.errors import ControllerError

Json = dict[str, Any]


class DemoError(ControllerError):
    """The demo could not go on; the text says which part failed and shows its log."""


class Api:
    """The controller's API with the operator's token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20.0,
        )

    def get(self, path: str, **query: Any) -> Any:
        """JSON of a GET; a page's items when it is a page. Raises httpx.HTTPError."""
        answer = self._http.get(path, params=query).raise_for_status().json()
        return answer["items"] if isinstance(answer, dict) and "items" in answer else answer

    def post(self, path: str, body: Json | None = None) -> Any:
        return self._http.post(path, json=body or {}).raise_for_status().json()

    def close(self) -> None:
        self._http.close()


def connect(data: Path, alive: Callable[[], bool], patience_s: float = 60.0) -> Api:
    """Wait for the controller's own note of where it is, then for its API.

    Raises:
        DemoError: the controller ended or did not come up in time.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and alive():
        with contextlib.suppress(OSError, ValueError, KeyError, httpx.HTTPError):
            note = msgspec.json.decode((data / "controller.json").read_bytes())
            api = Api(note["url"], Path(note["token_file"]).read_text().strip())
            api.get("/devices")
            return api
        time.sleep(0.1)
    raise DemoError("the controller did not come up")
