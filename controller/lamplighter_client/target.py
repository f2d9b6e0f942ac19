"""Where a controller is, and how its users find the one that runs on this machine."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from lamplighter_client.errors import NoControllerError

CONTROLLER_FILE = "controller.json"


class ControllerFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a running controller leaves in its data directory."""

    url: str
    token_file: str
    broker_port: int = 0
    pid: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A controller's address and a token that it knows."""

    url: str
    token: str


def find_controller(data: Path, url: str | None = None, token: str | None = None) -> Target:
    """The controller that is named, completed by what a running one left in `data`.

    Raises:
        NoControllerError: neither says where it is, or by which token.
    """
    if url and token:
        return Target(url, token)
    try:
        content = (data / CONTROLLER_FILE).read_bytes()
        running = msgspec.json.decode(content, type=ControllerFile)
        local_token = Path(running.token_file).read_text().strip()
    except (OSError, ValueError) as error:
        raise NoControllerError(
            f"no controller is known in {data}. Start one: lamplighter serve --data {data}; "
            "or name one with --url and --token"
        ) from error
    return Target(url or running.url, token or local_token)
