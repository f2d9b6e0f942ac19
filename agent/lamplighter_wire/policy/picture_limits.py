"""How many pictures a device may be asked for, and how large one may be. Both sides keep to it."""

MOST_PICTURES = 500
LEAST_INTERVAL_S, LONGEST_INTERVAL_S = 1.0, 3600.0
# A chunk's size: a link that cannot carry this in one piece carries no network either.
MOST_PICTURE_BYTES = 64 * 1024
# Networks look at no more than this.
LONGEST_SIDE_PX = 640
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


def is_picture(data: bytes) -> bool:
    """Whether these bytes begin and end as a JPEG does, and are not too many."""
    framed = data.startswith(JPEG_START) and data.endswith(JPEG_END)
    return framed and len(data) <= MOST_PICTURE_BYTES


def fitted_size(width: int, height: int, longest_px: int = LONGEST_SIDE_PX) -> tuple[int, int]:
    """Width and height of a picture as it is sent: even, and no side too long."""
    scale = min(1.0, longest_px / max(width, height))
    return _even(width * scale), _even(height * scale)


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
