"""Settings by name, as operators give them. Pure."""

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec
from lamplighter_wire.policy.device_settings import DeviceSettings

from lamplighter_controller.errors import InvalidError


def changed_settings(before: DeviceSettings, values: Mapping[str, Any]) -> DeviceSettings:
    """The settings with these in the place of what they were; None: nothing is set of one.

    Raises:
        InvalidError: there is no such setting, or its value is none of it.
    """
    for name in values:
        if name not in DeviceSettings.__struct_fields__:
            raise InvalidError(_unknown(name))
    document = msgspec.to_builtins(before) | dict(values)
    try:
        return msgspec.convert(document, DeviceSettings, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidError(f"settings: {error}") from error


def _unknown(name: str) -> str:
    known = DeviceSettings.__struct_fields__
    near = difflib.get_close_matches(name, known, 1)
    remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"{name!r} is no setting that can be set from afar; {remedy}"
