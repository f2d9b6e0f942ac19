"""The frame of a page: its style, and nothing that is fetched or runs. Pure."""

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark;
  --ink: #1d2229; --ground: #fbfaf7; --dim: #5b6470; --rule: #d8d4c8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dde3ea; --ground: #14171c; --dim: #929dab; --rule: #343b46; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 68rem; margin: 0 auto; padding: 1rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); }
h2 { margin: 2.2rem 0 .4rem; border-bottom: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .6rem; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
th { color: var(--dim); font-weight: normal; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
.beside { display: flex; flex-wrap: wrap; gap: 1rem; } .beside svg { flex: 1 1 24rem; width: auto; }
.dim { color: var(--dim); } .scroll { overflow-x: auto; }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .9em; }
li.missed::marker { content: "✖ "; } li.kept::marker { content: "● "; }
"""


def html_page(title: str, body: Iterable[str]) -> str:
    """A whole page; empty parts of the body are left out."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}{view}</head><body>\n'
        + "\n".join(part for part in body if part)
        + "\n</body></html>\n"
    )


def paragraphs(lines: Sequence[str]) -> str:
    """A paragraph for each line."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def keys(legend: Iterable[tuple[str, str]]) -> str:
    """What colours stand for, as (colour, name)."""
    spans = (
        f'<span class="key" style="background:{colour}"></span>{escape(name)}'
        for colour, name in legend
    )
    return f"<p>{''.join(spans)}</p>"
