"""Tables for people, JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from lamplighter_wire.words.printable import one_line, printable

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A title, and what stands below it for a row; None and "" are shown as a dash."""

    title: str
    cell: Callable[[Row], object]


def show_json(value: Any) -> None:
    """Print a document, or anything that is JSON already, indented."""
    text = json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False)
    sys.stdout.write(printable(text) + "\n")


def show(value: Any, text: str, as_json: bool) -> None:
    """Say what was done in a line, or print the document when asked for JSON."""
    if as_json:
        show_json(value)
    else:
        sys.stdout.write(printable(text) + "\n")


def show_lines(value: Any, lines: Iterable[str], as_json: bool) -> None:
    """Say it in some lines, which are only then made, or print the document as JSON."""
    if as_json:
        show_json(value)
        return
    for line in lines:
        sys.stdout.write(printable(line) + "\n")


def show_rows(rows: Sequence[Row], columns: Sequence[Column[Row]], as_json: bool) -> None:
    """Print a list as a table, or as JSON when asked for."""
    if as_json:
        show_json(rows)
    else:
        sys.stdout.write(table(rows, columns))


def table(rows: Sequence[Row], columns: Sequence[Column[Row]]) -> str:
    """Left-aligned columns under their titles."""
    lines = [[column.title for column in columns]]
    lines += [[_text(column.cell(row)) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    texts = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join(texts) + "\n"


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, list):
        return one_line(", ".join(str(v) for v in value))
    return one_line(str(value))
