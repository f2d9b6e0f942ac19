"""The layout as a picture and a table, drawn from the imports.

`python -m docs.generate.architecture` draws this checkout: docs/images/layout-now.svg, and the
table in docs/explanation/architecture.md. `--checkout FOLDER --name NAME` draws another one.
"""

import argparse
import re
from pathlib import Path

from docs.generate.drawing import draw
from docs.generate.layout import Layout, arrows_up, circles, levels, read_layout, sizes

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs/explanation/architecture.md")
COLUMNS = (
    "package", "levels", "rooms", "modules", "arrows", "arrows up", "circles",
    "file median", "largest file", "function median", "p90", "p99",
)  # fmt: skip


def table(layout: Layout) -> str:
    """A row per package; the first seven columns are the layout, the rest are lines."""
    rows = [COLUMNS, ("---",) + ("---:",) * (len(COLUMNS) - 1)]
    rows += [_row(package, layout.of(package)) for package in layout.packages().rooms]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _row(package: str, layout: Layout) -> tuple[str, ...]:
    lines = sizes(layout)
    numbers = (
        max(levels(layout).values()) + 1,
        len(layout.rooms),
        sum(map(len, layout.rooms.values())),
        len(layout.arrows),
        len(arrows_up(layout)),
        len(circles(layout)),
        lines.median_file,
        lines.largest_file,
        lines.median_function,
        lines.p90_function,
        lines.p99_function,
    )
    return (f"`{package}`", *map(str, numbers))


def table_of(page: str, name: str) -> str:
    """The table `name` of the page."""
    return _place(name).search(page)[2]  # type: ignore[index]


def with_table(page: str, name: str, text: str) -> str:
    """The page with the table `name` replaced."""
    return _place(name).sub(lambda place: place[1] + text + place[3], page)


def _place(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- table {name} -->\n)(.*?)(<!-- end of table -->)", re.DOTALL)


def main() -> None:
    """Write the picture and the table of one checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="whose layout to draw")
    parser.add_argument("--name", default="now", help="of the picture and the table")
    options = parser.parse_args()
    layout = read_layout(options.checkout.resolve())
    (ROOT / f"docs/images/layout-{options.name}.svg").write_text(draw(layout))
    page = (ROOT / PAGE).read_text()
    (ROOT / PAGE).write_text(with_table(page, options.name, table(layout)))


if __name__ == "__main__":
    main()
