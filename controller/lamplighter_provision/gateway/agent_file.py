"""The agent's settings file, as it is put into a container."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent


def agent_file(device: str, agent: Agent, state_dir: str) -> str:
    """TOML: the settings of the gateway's file, and what provisioning sets.

    Raises:
        ProvisionError: a setting has a value that TOML does not know.
    """
    fixed = {"device": device, "source": agent.source, "state_dir": state_dir}
    values = {**agent.settings, **fixed}
    return "".join(f"{_key(key)} = {_value(value, key)}\n" for key, value in values.items())


def digest(text: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _value(value: Any, place: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _string(value)
        case list() | tuple():
            return f"[{', '.join(_value(item, place) for item in value)}]"
        case Mapping():
            items = (f"{_key(key)} = {_value(item, place)}" for key, item in value.items())
            return f"{{{', '.join(items)}}}"
    raise ProvisionError(f"settings.{place}: {value!r} is no text, number, list or table")


def _key(key: str) -> str:
    return _string(key)


def _string(text: str) -> str:
    """JSON escapes a string as TOML does, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
