"""By what rows of the fleet can be grouped, and what that is called. Pure."""

from collections.abc import Mapping

LABEL = "label:"
GROUP = "group"
GROUPINGS: Mapping[str, str] = {
    "site": "site",
    "hardware": "class",
    "model": "model",
    "variant": "variant",
    "state": "state",
    "regime": "regime",
}
"""Fields of rows, and what they are called; beside these groups and labels."""


def is_grouping(by: str) -> bool:
    """Whether rows can be grouped by that."""
    return by in (GROUP, *GROUPINGS) or by.startswith(LABEL)
