"""A still in words. Pure."""

from lamplighter_client.documents.street.stills import DeviceStill

LEFT = {
    "edges": "outlines, with none where {} found",
    "blurred": "blurred, more so where {} found",
    "full": "the whole picture",
}
"""What its owner lets be seen."""


def still_words(still: DeviceStill, *, are_known: bool) -> str:
    """What is seen, and in what pixels lines are drawn. `are_known`: lines were set from here."""
    users = "1 road user was" if still.blurred == 1 else f"{still.blurred} road users were"
    left = LEFT.get(still.privacy, still.privacy).format(users)
    drawn = "" if are_known else "   its lines are of its own settings, not known here"
    return f"{left}   drawn in pixels of {still.width}x{still.height}{drawn}"
