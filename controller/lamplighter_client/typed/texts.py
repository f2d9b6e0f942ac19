"""What people type: durations, and settings as NAME=VALUE. Pure."""

import re
from collections.abc import Iterable

import msgspec
from lamplighter_wire.policy.device_settings import DeviceSettings

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)([smhd])")


def seconds_of(text: str) -> float:
    """A duration in seconds.

    Raises:
        ValueError: it is none; the text says how one is written.
    """
    found = DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration; write 90s, 30m, 2h or 7d")
    return float(found[1]) * SECONDS[found[2]]


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
