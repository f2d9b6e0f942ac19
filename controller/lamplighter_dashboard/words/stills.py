"""A still in words. Pure."""

from lamplighter_client.documents.configuring.configurations import StreetFile
from lamplighter_client.documents.street.stills import DeviceStill

LEFT = {
    "edges": "outlines, with none where {} found",
    "blurred": "blurred, more so where {} found",
    "full": "the whole picture",
}
"""What its owner lets be seen."""
UNKNOWN = "   its lines are of its own settings, not known here"


def still_words(still: DeviceStill, street: StreetFile | None) -> str:
    """What is seen, in what pixels lines are drawn, and where the camera stands.

    Args:
        street: as set from here; None: that of the device's own settings counts.
    """
    users = "1 road user was" if still.blurred == 1 else f"{still.blurred} road users were"
    left = LEFT.get(still.privacy, still.privacy).format(users)
    drawn = _standing(street, still.stream) if street else UNKNOWN
    return f"{left}   drawn in pixels of {still.width}x{still.height}{drawn}"


def _standing(street: StreetFile, stream: str) -> str:
    """Where a camera stands and looks, in degrees; empty: it was not said."""
    positions = {one.stream: one for one in street.positions}
    position = positions.get(stream, positions.get(""))
    if position is None:
        return ""
    heading = position.heading_deg
    looks = "" if heading is None else f", looks to {heading:g}°"
    return f"   stands at {position.latitude:.5f}, {position.longitude:.5f}{looks}"
