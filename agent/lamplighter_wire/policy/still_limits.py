"""What a still may be, and how often a device gives one. Both sides keep to it."""

from enum import StrEnum

from lamplighter_wire.policy.picture_limits import MOST_PICTURE_BYTES, is_picture

# Of one camera or another, between two stills of a device.
LEAST_APART_S = 5.0
MOST_AN_HOUR = 60
# From asking to having; a device takes no still for whoever has waited longer.
ANSWER_WITHIN_S = 15.0
# A preview as terminals show it, two dots in a cell: the same as `blurred` is reduced to.
PREVIEW_SIDE_PX = 160
MOST_PREVIEW_BYTES = 3 * PREVIEW_SIDE_PX * PREVIEW_SIDE_PX


class StillPrivacy(StrEnum):
    """What of a picture leaves a device as a still; its owner decides. Open."""

    OFF = "off"
    EDGES = "edges"  # outlines of what stands, without those of road users
    BLURRED = "blurred"  # too coarse for faces and plates
    FULL = "full"


def is_still(jpeg: bytes, preview: bytes, width: int, height: int) -> bool:
    """Whether these are a still: a JPEG, and a preview of three bytes for each of its dots."""
    sides = (width, height)
    is_small = min(sides) > 0 and max(sides) <= PREVIEW_SIDE_PX
    is_jpeg = is_picture(jpeg) and len(jpeg) <= MOST_PICTURE_BYTES
    return is_jpeg and is_small and len(preview) == 3 * width * height
