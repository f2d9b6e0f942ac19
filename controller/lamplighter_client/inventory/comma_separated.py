"""CSV: one device a line, as spreadsheets write it, also with ";" or tabs between.

Labels are one cell, `key=value;key=value`, with "%" and ";" in them written %25 and %3B.
"""

import csv
import io
from collections.abc import Sequence
from urllib.parse import unquote

from lamplighter_client.inventory.rows import Flaw, InventoryError, Row

SEPARATORS = (",", ";", "\t")


def read_csv(text: str, name: str) -> list[Row]:
    """Rows by the titles of the first line; lines without anything are left out.

    Raises:
        InventoryError: there is no first line, or one has more cells than titles.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        flaw = Flaw(f"line {reader.line_num}", "", f"{error}; check the quotation marks")
        raise InventoryError(name, [flaw]) from error
    filled = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    if not filled:
        raise InventoryError(name, [Flaw("", "", "it is empty; write the columns' titles first")])
    (_, first), *others = filled
    titles = [title.strip().lower() for title in first]
    wrong = [
        title for title in dict.fromkeys([*titles, "id"]) if titles.count(title) != 1 and title
    ]
    if wrong:
        text = "write this column's title once into the first line"
        raise InventoryError(name, [Flaw("line 1", title, text) for title in wrong])
    longer = [number for number, cells in others if len(cells) > len(titles)]
    if longer:
        text = f"more cells than the {len(titles)} titles; quote what holds a separator"
        raise InventoryError(name, [Flaw(f"line {number}", "", text) for number in longer])
    return [Row(f"line {n}", dict(zip(titles, cells, strict=False))) for n, cells in others]


def write_csv(titles: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    """The file's text."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, titles, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def labels_of(cell: str) -> dict[str, str]:
    """Labels in a cell.

    Raises:
        ValueError: a part has no "=", or a key stands twice.
    """
    labels: dict[str, str] = {}
    for part in filter(str.strip, cell.split(";")):
        key, sign, value = part.lstrip(" ").partition("=")
        if not sign:
            raise ValueError(f"{part.strip()!r} has no '='; write key=value;key=value")
        if unquote(key) in labels:
            raise ValueError(f"{unquote(key)} stands there twice; keep one")
        labels[unquote(key)] = unquote(value)
    return labels


def labels_cell(labels: dict[str, str]) -> str:
    """The cell for labels."""
    return ";".join(f"{_escaped(key)}={_escaped(value)}" for key, value in labels.items())


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace(";", "%3B")


def _separator(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(SEPARATORS, key=first.count)
