"""Pieces of SVG and HTML. Pure: all texts are escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

# By light, density and whether it is dry; told apart by their brightness as well as by their hue.
DRY = {
    ("day", "free"): "#f4d58d",
    ("day", "dense"): "#e8a33d",
    ("day", "jam"): "#c96f2b",
    ("night", "free"): "#6c7fb0",
    ("night", "dense"): "#4a5a94",
    ("night", "jam"): "#2c3968",
}
WET = {
    ("day", "free"): "#c9d8b6",
    ("day", "dense"): "#93b48b",
    ("day", "jam"): "#5f8767",
    ("night", "free"): "#8f86b8",
    ("night", "dense"): "#6a5b96",
    ("night", "jam"): "#46356b",
}
UNKNOWN = "#b8bcc4"
SERIES = ("#2b6cb0", "#b7410e", "#2f855a", "#805ad5", "#b7791f", "#4a5568")


def regime_colour(regime: str) -> str:
    """Of a regime in text form, such as day-wet-jam."""
    light, _, rest = regime.partition("-")
    weather, _, density = rest.partition("-")
    return (DRY if weather == "dry" else WET).get((light, density), UNKNOWN)


def text(x: float, y: float, shown: str, *, size: int = 12, anchor: str = "start") -> str:
    """A line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">'
        f"{escape(shown)}</text>"
    )


def box(x: float, y: float, width: float, height: float, colour: str, about: str = "") -> str:
    """A filled rectangle; `about` is shown when the pointer rests on it."""
    title = f"<title>{escape(about)}</title>" if about else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}"'
        f' fill="{colour}">{title}</rect>'
    )


def tick(x: float, top: float, bottom: float, colour: str, about: str) -> str:
    """An upright line."""
    return (
        f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{colour}"'
        f' stroke-width="2"><title>{escape(about)}</title></line>'
    )


def svg(width: float, height: float, parts: Iterable[str], about: str) -> str:
    """A picture with what it shows in words."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(about)}">'
        + "".join(parts)
        + "</svg>"
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Figures are read from the right, the first column from the left."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
