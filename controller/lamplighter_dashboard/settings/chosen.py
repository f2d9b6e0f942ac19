"""What the user has written down: keys, contexts, whether anything may be changed.

read_only = true
gateways = ["~/gateways/north.toml"]

[keys]
fleet-sort = "f3"

[contexts.north]
url = "https://north.example:8080"
token_file = "~/.lamplighter/north.token"
ca = "~/.lamplighter/north.crt"
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from lamplighter_client.errors import NoControllerError
from lamplighter_client.target import Target, find_controller
from lamplighter_wire.errors import os_error_text

FOLDER = "lamplighter"
CHOSEN_FILE, REMEMBERED_FILE = "dashboard.toml", "dashboard.json"


RENAMED_KEYS = {
    "street-next-device": "device-next",
    "street-device-before": "device-before",
    "street-device": "device-page",
    "variants-next-device": "device-next",
    "variants-device-before": "device-before",
    "variants-device": "device-page",
}
"""Names of keys that had one on each screen, and have one on all now."""


class SettingsFileError(Exception):
    """The user's file cannot be used; the text says where and why."""


class ContextSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One controller. Either an address with the file of a token, or a data folder."""

    url: str = ""
    token_file: str = ""
    ca: str = ""
    data: str = "var"
    read_only: bool = False


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of the file."""

    read_only: bool = False
    gateways: tuple[str, ...] = ()  # files of Docker hosts, as `provision docker` takes them
    keys: dict[str, str] = {}
    contexts: dict[str, ContextSettings] = {}


def settings_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where a user's settings lie."""
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / FOLDER


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where programs remember what they may forget."""
    return Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local/state") / FOLDER


def read_chosen(file: Path) -> Chosen:
    """The user's file; the defaults where there is none.

    Raises:
        SettingsFileError: it cannot be used.
    """
    try:
        chosen = msgspec.convert(tomllib.loads(file.read_text()), Chosen)
    except FileNotFoundError:
        return Chosen()
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise SettingsFileError(f"{file}: {error}; mend it, or take it away") from error
    for name in chosen.keys:
        if name in RENAMED_KEYS:
            now = RENAMED_KEYS[name]
            raise SettingsFileError(f"{file}: keys.{name} is called {now} now; write {now} there")
    return chosen


def target_of(context: ContextSettings) -> Target:
    """Where a context's controller is.

    Raises:
        NoControllerError: nothing says by which token; or no controller is known there.
        UntrustedError: nobody there can be believed.
    """
    try:
        token = _read(context.token_file) if context.token_file else None
    except OSError as error:
        text = os_error_text(error, context.token_file)
        raise NoControllerError(f"the token cannot be read: {text}") from error
    ca = Path(context.ca).expanduser() if context.ca else None
    return find_controller(Path(context.data).expanduser(), context.url or None, token, ca)


def _read(file: str) -> str:
    return Path(file).expanduser().read_text().strip()
