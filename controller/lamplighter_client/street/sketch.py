"""Lines, zones and masks over a still: an SVG in the camera's pixels, for whoever draws them."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lamplighter_client.documents.configuring.configurations import Feature, Polygon, StreetFile
from lamplighter_client.documents.street.stills import DeviceStill

Point = tuple[float, float]
GRID_STEPS = (10, 20, 25, 50, 100, 200, 250, 500, 1000)
MOST_GRID_LINES = 16
TEXT_SHARE = 40  # letters are the picture's width by this
ARROW_SHARE = 20
LINE, AREA, MASK = "#fc0", "#4cf", "#f66"


@dataclass(frozen=True, slots=True)
class Shape:
    """A line, zone or mask; its points are shares of the picture's width and height, 0 to 1."""

    name: str
    points: Sequence[Point]
    is_area: bool = False
    is_mask: bool = False


def shapes_on(still: DeviceStill, street: StreetFile | None) -> list[Shape]:
    """What is drawn of the still's camera; nothing where that is in the device's own settings."""
    if street is None:
        return []
    width, height = street.width or still.width, street.height or still.height
    own = [one for one in street.features if one.properties.stream == still.stream]
    return [_shape(feature, max(1, width), max(1, height)) for feature in own]


def _shape(feature: Feature, width: int, height: int) -> Shape:
    geometry, properties = feature.geometry, feature.properties
    is_area = isinstance(geometry, Polygon)
    ends = geometry.coordinates[0] if isinstance(geometry, Polygon) else geometry.coordinates
    points = [(at[0] / width, at[1] / height) for at in ends]
    return Shape(properties.name, points, is_area, is_mask=properties.mask)


def sketch(still: DeviceStill, shapes: Sequence[Shape]) -> str:
    """The still as SVG, in the camera's pixels, under a grid of them and what is drawn."""
    width, height = still.width, still.height
    picture = b64encode(still.jpeg).decode()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' font-family="sans-serif" font-size="{width / TEXT_SHARE:.0f}">',
        f"<title>{escape(_title(still))}</title>",
        f'<image href="data:image/jpeg;base64,{picture}" width="{width}" height="{height}"'
        ' preserveAspectRatio="none"/>',
        *_grid(width, height),
        *(part for shape in shapes for part in _drawn(shape, width, height)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _title(still: DeviceStill) -> str:
    return f"{still.device} {still.stream}".strip() + f", {still.width}x{still.height}"


def grid_step(width: int) -> int:
    """Pixels between two lines of the grid."""
    return next((step for step in GRID_STEPS if width / step <= MOST_GRID_LINES), GRID_STEPS[-1])


def _grid(width: int, height: int) -> list[str]:
    step = grid_step(width)
    style = 'stroke="#fff" stroke-opacity="0.35" stroke-width="1"'
    text = 'fill="#fff" stroke="#000" stroke-width="3" paint-order="stroke"'
    lines = []
    for x in range(step, width, step):
        lines.append(f'<line x1="{x}" y1="0" x2="{x}" y2="{height}" {style}/>')
        lines.append(f'<text x="{x + 2}" y="{width / TEXT_SHARE:.0f}" {text}>{x}</text>')
    for y in range(step, height, step):
        lines.append(f'<line x1="0" y1="{y}" x2="{width}" y2="{y}" {style}/>')
        lines.append(f'<text x="2" y="{y - 2}" {text}>{y}</text>')
    return lines


def _drawn(shape: Shape, width: int, height: int) -> list[str]:
    points = [(x * width, y * height) for x, y in shape.points]
    listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    kind, colour = ("polygon", AREA) if shape.is_area else ("polyline", LINE)
    colour = MASK if shape.is_mask else colour
    fill = f'fill="{colour}" fill-opacity="0.15"' if shape.is_area else 'fill="none"'
    x, y = _middle(points)
    drawn = [f'<{kind} points="{listed}" {fill} stroke="{colour}" stroke-width="3"/>']
    if not shape.is_area and len(points) == 2:
        drawn.append(_arrow(points, width / ARROW_SHARE, colour))
    name = escape(shape.name)
    style = f'fill="{colour}" stroke="#000" stroke-width="3" paint-order="stroke"'
    return [*drawn, f'<text x="{x:.1f}" y="{y:.1f}" {style}>{name}</text>']


def _middle(points: Sequence[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _arrow(ends: Sequence[Point], length: float, colour: str) -> str:
    """Where "in" leads: from the left of the line to its right, down being more."""
    x, y = _middle(ends)
    across, down = in_direction(ends)
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x + across * length:.1f}"'
        f' y2="{y + down * length:.1f}" stroke="{colour}" stroke-width="3"'
        ' stroke-dasharray="6 4"/>'
    )


def in_direction(ends: Sequence[Point]) -> Point:
    """The direction of "in" over a line, of length 1."""
    (x1, y1), (x2, y2) = ends[0], ends[1]
    along, below = x2 - x1, y2 - y1
    length = (along**2 + below**2) ** 0.5 or 1.0
    return -below / length, along / length
