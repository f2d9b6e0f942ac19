"""Tables for people, JSON for programs."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

Column = tuple[str, Callable[[dict[str, Any]], Any]]


def show(value: Any, as_json: bool, columns: Sequence[Column] = ()) -> None:
    """Print a list as a table, anything else as indented JSON; JSON when asked for."""
    if as_json or not columns:
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(table(value, columns))


def table(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> str:
    """Left-aligned columns under their titles."""
    lines = [[title for title, _ in columns]]
    lines += [[_text(cell(row)) for _, cell in columns] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    texts = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join(texts) + "\n"


def field(*path: str) -> Callable[[dict[str, Any]], Any]:
    """A column's cell: the value at a path, or None."""

    def _cell(row: dict[str, Any]) -> Any:
        value: Any = row
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    return _cell


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)
