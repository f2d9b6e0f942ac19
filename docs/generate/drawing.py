"""A layout as SVG: packages one above the other, in each its rooms on their levels.

Every box and arrow carries a `title`, which a browser shows, and by which a test compares pictures.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from docs.generate.layout import Arrow, Layout, arrows_up, implied, levels

BOX_HEIGHT, CHARACTER, GAP_X, GAP_Y = 34, 7.2, 14, 40
PADDING, HEADING, BETWEEN = 16, 34, 56
SWEEPS = 4
LEGEND = (
    ("plain", "imports"),
    ("implied", "also over others"),
    ("between", "package imports package"),
    ("up", "against the order, in a circle"),
)
LEGEND_HEIGHT, LEGEND_WIDTH = 24, 220

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
.size { font-size: 9px; fill: #59636e }
.heading { font-size: 14px; font-weight: 600; text-anchor: start }
.legend { text-anchor: start }
.package { fill: #f6f8fa; stroke: #d1d9e0 }
.room { fill: #ffffff; stroke: #818b98 }
path { fill: none; stroke: #4a7fb5; stroke-width: 1.2 }
.implied { stroke-opacity: .22 }
.between { stroke: #59636e; stroke-width: 2 }
.up { stroke: #d1242f; stroke-width: 2.2 }
.page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .size { fill: #9198a1 } .page { fill: #0d1117 }
.package { fill: #151b23; stroke: #3d444d } .room { fill: #212830; stroke: #656c76 }
path { stroke: #6ca4dc } .between { stroke: #9198a1 } .up { stroke: #ff6a69 } }
"""


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> "Box":
        """The same box further right and down."""
        return Box(self.x + x, self.y + y, self.width, self.height)

    @property
    def middle(self) -> float:
        """Of its width."""
        return self.x + self.width / 2


Boxes = dict[str, Box]


def draw(layout: Layout) -> str:
    """The whole picture."""
    packages = layout.packages()
    rooms = {package: _place_rooms(layout.of(package)) for package in packages.rooms}
    panels = _place_panels(packages, {name: _panel(boxes) for name, boxes in rooms.items()})
    width = (
        max(*(box.x + box.width for box in panels.values()), LEGEND_WIDTH * len(LEGEND)) + PADDING
    )
    height = max(box.y + box.height for box in panels.values()) + PADDING
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
        *_legend(),
        *_arrows(packages, panels, "between"),
        *(line for name, box in panels.items() for line in _package(name, box)),
    ]
    for package, boxes in rooms.items():
        own = layout.of(package)
        x, y = panels[package].x, panels[package].y
        placed = {name: box.moved(x, y) for name, box in boxes.items()}
        parts += _arrows(own, placed, "")
        parts += [line for name, box in placed.items() for line in _room(name, box, own)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> Iterator[str]:
    for number, (kind, meaning) in enumerate(LEGEND):
        x = PADDING + number * LEGEND_WIDTH
        yield f'<path class="{kind}" d="M{x} {PADDING}h28"/>'
        yield f'<text class="legend" x="{x + 36}" y="{PADDING + 4}">{meaning}</text>'


def _place_rooms(layout: Layout) -> Boxes:
    """Boxes on their levels, each level in the order that shortens its arrows."""
    rows = _ordered_rows(layout)
    widths = [sum(_room_width(name) + GAP_X for name in row) - GAP_X for row in rows]
    boxes: Boxes = {}
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        x = PADDING + (max(widths) - width) / 2
        for name in row:
            y = HEADING + number * (BOX_HEIGHT + GAP_Y)
            boxes[name] = Box(x, y, _room_width(name), BOX_HEIGHT)
            x += _room_width(name) + GAP_X
    return boxes


def _ordered_rows(layout: Layout) -> list[list[str]]:
    heights = levels(layout)
    top = max(heights.values())
    rows = [sorted(n for n, height in heights.items() if height == top - i) for i in range(top + 1)]
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            places = {n: (i + 0.5) / len(other) for other in rows for i, n in enumerate(other)}
            row.sort(key=lambda name: (_mean_place(name, layout, places), name))
    return rows


def _mean_place(name: str, layout: Layout, places: dict[str, float]) -> float:
    """Where the neighbours of a room lie, from 0 on the left to 1 on the right."""
    beside = [places[b if a == name else a] for a, b in layout.arrows if name in (a, b)]
    return sum(beside) / len(beside) if beside else places[name]


def _room_width(name: str) -> float:
    return max(len(_short(name)), 8) * CHARACTER + 14


def _short(name: str) -> str:
    return name.partition(".")[2]


def _panel(boxes: Boxes) -> Box:
    width = max(box.x + box.width for box in boxes.values()) + PADDING
    return Box(0, 0, width, max(box.y + box.height for box in boxes.values()) + PADDING)


def _place_panels(packages: Layout, panels: Boxes) -> Boxes:
    """Panels on the levels of their packages."""
    heights = levels(packages)
    rows = [
        [name for name in panels if heights[name] == level]
        for level in sorted(set(heights.values()), reverse=True)
    ]
    widths = [sum(panels[name].width + BETWEEN for name in row) - BETWEEN for row in rows]
    placed, y = {}, float(PADDING + LEGEND_HEIGHT)
    for row, width in zip(rows, widths, strict=True):
        x = PADDING + (max(widths) - width) / 2
        for name in row:
            placed[name] = panels[name].moved(x, y)
            x += panels[name].width + BETWEEN
        y += max(panels[name].height for name in row) + BETWEEN
    return placed


def _package(name: str, box: Box) -> Iterator[str]:
    yield _rectangle("package", name, box)
    yield f'<text class="heading" x="{box.x + 12:.0f}" y="{box.y + 20:.0f}">{escape(name)}</text>'


def _room(name: str, box: Box, layout: Layout) -> Iterator[str]:
    modules = len(layout.rooms[name])
    size = "1 module" if modules == 1 else f"{modules} modules"
    yield _rectangle("room", name, box)
    yield f'<text x="{box.middle:.0f}" y="{box.y + 15:.0f}">{escape(_short(name))}</text>'
    yield f'<text class="size" x="{box.middle:.0f}" y="{box.y + 28:.0f}">{size}</text>'


def _rectangle(kind: str, title: str, box: Box) -> str:
    return (
        f'<rect class="{kind}" x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}"'
        f' height="{box.height:.0f}" rx="5"><title>{escape(title)}</title></rect>'
    )


def _arrows(layout: Layout, boxes: Boxes, kind: str) -> Iterator[str]:
    """Implied arrows first, so that they lie beneath the others, and those up on top."""
    up, faint = arrows_up(layout), implied(layout)
    plain = layout.arrows.keys() - up - faint
    for arrows, name in ((faint, f"{kind} implied"), (plain, kind), (up, "up")):
        yield from _lines(sorted(arrows), boxes, name)


def _lines(arrows: Iterable[Arrow], boxes: Boxes, kind: str) -> Iterator[str]:
    for importer, imported in arrows:
        start, end = boxes[importer], boxes[imported]
        y1, y2 = start.y + start.height, end.y
        if y1 > y2:
            y1, y2 = start.y, end.y + end.height
        bend = (y2 - y1) / 2
        yield (
            f'<path class="{kind.strip()}" d="M{start.middle:.0f} {y1:.0f}C{start.middle:.0f}'
            f' {y1 + bend:.0f} {end.middle:.0f} {y2 - bend:.0f} {end.middle:.0f} {y2:.0f}">'
            f"<title>{importer} imports {imported}</title></path>"
        )
