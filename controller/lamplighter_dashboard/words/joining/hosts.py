"""Agents on Docker engines in words. Pure."""

from collections.abc import Sequence

from lamplighter_dashboard.words import figures

HINT = (
    "No Docker host: name the files of your gateways in dashboard.toml, such as"
    ' gateways = ["~/gateways/north.toml"]; see lamplighter provision docker.'
)


def state_words(
    *, running: bool, healthy: bool | None, connection: str, absent: bool
) -> tuple[str, str]:
    """Sign and words, and their tone."""
    if absent:
        return "· not there", "dim"
    if not running:
        return "○ stopped", "error"
    if healthy is False:
        return "✖ gives no sign of life", "error"
    if connection != "online":
        return f"▲ runs, {connection or 'not heard yet'}", "warning"
    return "● online", "well"


def image_text(images: Sequence[str]) -> str:
    """The shortest of an image's names; a dash where it has none."""
    return min(images, key=len) if images else figures.NOTHING
