"""What a controller may set of a device's settings while it runs.

What is None stays as the device's own settings say. The owner of a device bounds what is set from
afar: no more power than its own budget, and pictures only where its own settings permit them.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


def setting(about: str, least: float | None = None, most: float | None = None) -> Meta:
    """What a setting is for, and its bounds."""
    return Meta(description=about, ge=least, le=most)


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that are in force from one window of telemetry to the next, without a restart."""

    fps_floor: (
        Annotated[float, setting("Lowest frame rate demanded of a camera.", 0.1, 120.0)] | None
    ) = None
    fps_cap: (
        Annotated[float, setting("Highest frame rate demanded of a camera.", 0.1, 120.0)] | None
    ) = None
    power_budget_w: (
        Annotated[
            float,
            setting("Power the device may draw, no more than its own budget.", 0.1, 10_000.0),
        ]
        | None
    ) = None
    telemetry_s: (
        Annotated[float, setting("Seconds of one telemetry window.", 1.0, 3600.0)] | None
    ) = None
    reference_every: (
        Annotated[
            int,
            setting(
                "Run 1 frame in this many again with the best variant, or the next best; 0: never.",
                0,
                1_000_000,
            ),
        ]
        | None
    ) = None
    share_pictures: (
        Annotated[
            bool,
            Meta(
                description="Whether pictures are sent when the controller asks; it is granted only"
                " where the device's own settings permit it."
            ),
        ]
        | None
    ) = None
    log_level: (
        Annotated[
            Literal["debug", "info", "warning", "error"],
            Meta(description="debug, info, warning or error."),
        ]
        | None
    ) = None


def given(settings: DeviceSettings) -> dict[str, Any]:
    """What is set, by name."""
    named = ((name, getattr(settings, name)) for name in settings.__struct_fields__)
    return {name: value for name, value in named if value is not None}


def with_changes(settings: DeviceSettings, changes: DeviceSettings) -> DeviceSettings:
    """The same but for what `changes` sets."""
    return msgspec.structs.replace(settings, **given(changes))
