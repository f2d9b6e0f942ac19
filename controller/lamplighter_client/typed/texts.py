"""What people type: settings as NAME=VALUE. Pure."""

from collections.abc import Iterable

import msgspec
from lamplighter_wire.policy.device_settings import DeviceSettings


def settings_of(changes: Iterable[str]) -> DeviceSettings:
    """Settings from NAME=VALUE.

    Raises:
        ValueError: one is no setting, or its value none of it.
    """
    values = dict(map(change_of, changes))
    unknown = [name for name in values if name not in DeviceSettings.__struct_fields__]
    if unknown:
        known = ", ".join(DeviceSettings.__struct_fields__)
        raise ValueError(f"{unknown[0]!r} is no setting that can be set from afar; known: {known}")
    try:
        return msgspec.convert(values, DeviceSettings, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"settings: {error}") from error


def change_of(text: str) -> tuple[str, str]:
    """A name and its value.

    Raises:
        ValueError: it is no NAME=VALUE.
    """
    name, separator, value = text.partition("=")
    if not separator or not name or not value:
        raise ValueError(f"{text!r}: write NAME=VALUE, such as fps_cap=8")
    return name, value
