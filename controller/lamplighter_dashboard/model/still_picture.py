"""A still as dots for a terminal, with lines, zones and masks over it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from lamplighter_client.documents.street.stills import DeviceStill
from lamplighter_client.street.sketch import Shape

Colour = tuple[int, int, int]
LINE, ZONE, MASK = (255, 204, 0), (68, 204, 255), (255, 102, 102)


@dataclass(frozen=True, slots=True)
class Label:
    """A name at a cell."""

    column: int
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class StillPicture:
    """Rows of dots, two of which are a row of cells, and names over them."""

    dots: Sequence[Sequence[Colour]]
    labels: Sequence[Label] = ()


def still_picture(
    still: DeviceStill, shapes: Sequence[Shape], columns: int, rows: int
) -> StillPicture:
    """As large as so many cells allow; a dot is half a cell, and as wide as it is high."""
    width, height = still.preview_width, still.preview_height
    if len(still.preview) != 3 * width * height or not still.preview:
        return StillPicture([])
    scale = min(max(1, columns) / width, 2 * max(1, rows) / height)
    across, down = max(1, int(width * scale)), max(2, int(height * scale) // 2 * 2)
    dots = [
        [_dot(still, x * width // across, y * height // down) for x in range(across)]
        for y in range(down)
    ]
    labels = []
    for shape in shapes:
        _draw(dots, shape)
        labels.append(_label(shape, across, down // 2))
    return StillPicture(dots, labels)


def _dot(still: DeviceStill, x: int, y: int) -> Colour:
    at = 3 * (y * still.preview_width + x)
    red, green, blue = still.preview[at : at + 3]
    return red, green, blue


def _draw(dots: list[list[Colour]], shape: Shape) -> None:
    width, height = len(dots[0]), len(dots)
    colour = MASK if shape.is_mask else ZONE if shape.is_area else LINE
    for start, end in zip(shape.points, shape.points[1:], strict=False):
        (x1, y1), (x2, y2) = [(x * width, y * height) for x, y in (start, end)]
        # What lies far outside takes no longer than what is seen.
        steps = min(int(max(abs(x2 - x1), abs(y2 - y1))), 4 * (width + height)) + 1
        for step in range(steps + 1):
            x, y = int(x1 + (x2 - x1) * step / steps), int(y1 + (y2 - y1) * step / steps)
            if 0 <= x < width and 0 <= y < height:
                dots[y][x] = colour


def _label(shape: Shape, columns: int, rows: int) -> Label:
    """Its name in the middle of it, within the picture."""
    text = shape.name[:columns]
    ends = shape.points or [(0.0, 0.0)]
    x = sum(x for x, _ in ends) / len(ends) * columns - len(text) / 2
    y = sum(y for _, y in ends) / len(ends) * rows
    column, row = min(max(0, int(x)), columns - len(text)), min(max(0, int(y)), rows - 1)
    return Label(column, row, text)
