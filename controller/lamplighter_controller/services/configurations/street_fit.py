"""Whether a street fits the device that it is drawn for, by what is known of that. Pure."""

from collections.abc import Mapping

import msgspec
from lamplighter_wire.messages import CameraFacts, Street
from lamplighter_wire.street.problems import street_problem

NO_LINES = (
    "it draws no line and no zone, so nothing is counted; lamplighter street reset brings back the"
    " lines of the device's own settings"
)
TAKES_LINES_AWAY = (
    "it draws no line and no zone, and would take away those of the device's own settings, on which"
    " it counts now: draw in it what shall be counted on as well. Where only a camera's place is"
    " meant, the labels latitude and longitude say it too; and if nothing shall be counted, set a"
    " street without anything first"
)


def fit_problem(street: Street, before: Street | None, cameras: Mapping[str, CameraFacts]) -> str:
    """What is wrong first, and the remedy; empty: nothing.

    Args:
        street: that is to be set.
        before: that is set now; None: the device counts on the lines of its own settings.
        cameras: what the device's cameras give, by stream.
    """
    if before is None and not _counts(street) and (street.masks or street.positions):
        return TAKES_LINES_AWAY
    return "" if street.width else _outside(street, cameras)


def lines_problems(street: Street | None) -> list[str]:
    """What is to be known of one that is set on which nothing is counted."""
    return [NO_LINES] if street is not None and not _counts(street) else []


def _counts(street: Street) -> bool:
    return bool(street.lines or street.zones)


def _outside(street: Street, cameras: Mapping[str, CameraFacts]) -> str:
    """Of one that says no size: it is in pixels of what each camera gives."""
    for stream, facts in cameras.items():
        sized = msgspec.structs.replace(
            street,
            width=facts.width,
            height=facts.height,
            lines=[one for one in street.lines if one.stream == stream],
            zones=[one for one in street.zones if one.stream == stream],
            masks=[one for one in street.masks if one.stream == stream],
            distances=[],
            positions=[],
        )
        problem = street_problem(sized) if facts.width and facts.height else ""
        if problem:
            return f"{problem} (its camera gives that size, and the file says none)"
    return ""
