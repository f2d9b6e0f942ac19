"""Input sizes of networks: "384x288" in recipes and tables, (384, 288) in operating points."""

import re
from collections.abc import Iterable
from functools import lru_cache

Size = tuple[int, int]  # width, height

SIZE_PATTERN = r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$"
# The coarsest stride of our detectors: other sizes do not tile.
SIZE_MULTIPLE = 32
# What a recipe that names none is built for: 4:3, as the cameras are.
DEFAULT_SIZES = ("256x192", "384x288", "512x384")
# Where one size must stand for all: gates, thresholds, calibration.
MAIN_SIZE = "384x288"


@lru_cache(maxsize=256)
def parse_size(text: str) -> Size:
    """ "384x288" -> (384, 288).

    Raises:
        ValueError: when the text is not a size.
    """
    if not re.match(SIZE_PATTERN, text):
        raise ValueError(f"{text!r} is not a size such as '384x288'")
    width, height = (int(side) for side in text.split("x"))
    return width, height


def tiles(width: int, height: int) -> bool:
    """Whether a picture is cut by the coarsest stride of our detectors without a rest."""
    return min(width, height) > 0 and not width % SIZE_MULTIPLE and not height % SIZE_MULTIPLE


def size_key(width: int, height: int) -> str:
    """The name of a size in tables: "384x288"."""
    return f"{width}x{height}"


def pixels(size: str) -> int:
    """Pixels of a picture of a size such as "384x288"."""
    width, height = parse_size(size)
    return width * height


def by_area(sizes: Iterable[str]) -> list[str]:
    """Sizes, the smallest picture first."""
    return sorted(sizes, key=lambda size: (pixels(size), size))


def point_key(variant: str, width: int, height: int) -> str:
    """The name of a variant at a size: "variant@384x288"."""
    return f"{variant}@{size_key(width, height)}"
