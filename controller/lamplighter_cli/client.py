"""The command line's way to a running controller: the HTTP API."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from lamplighter_cli.errors import EXIT_UNREACHABLE, CommandError

CONTROLLER_FILE = "controller.json"
TIMEOUT_S = 35.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where the controller is and how to prove who we are."""

    url: str
    token: str


def find_controller(data: Path, url: str | None, token: str | None) -> Target:
    """From the options, else from controller.json in the data directory.

    Raises:
        CommandError: neither says where the controller is.
    """
    if url and token:
        return Target(url.rstrip("/"), token)
    try:
        facts = json.loads((data / CONTROLLER_FILE).read_text())
        known = Path(facts["token_file"]).read_text().strip()
        return Target((url or str(facts["url"])).rstrip("/"), token or known)
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(
            f"no controller is known in {data}. Start one: lamplighter serve --data {data}; "
            "or name one with --url and --token",
            EXIT_UNREACHABLE,
        ) from error


class Client:
    """Requests under /api/v1. Raises CommandError with the controller's own words."""

    def __init__(self, target: Target) -> None:
        self._url = target.url
        self._http = httpx.Client(
            base_url=f"{target.url}/api/v1",
            headers={"Authorization": f"Bearer {target.token}"},
            timeout=TIMEOUT_S,
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._send("POST", path, json=body or {})

    def _send(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            text = f"no controller answers at {self._url}: {error}. Is `lamplighter serve` running?"
            raise CommandError(text, EXIT_UNREACHABLE) from error
        if answer.is_error:
            raise CommandError(_reason(answer))
        return answer.json()


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the controller answered {answer.status_code}"


def default_data_dir() -> Path:
    """The data directory of the settings' environment variable, else `var`."""
    return Path(os.environ.get("LAMPLIGHTER_DATA_DIR", "var"))
