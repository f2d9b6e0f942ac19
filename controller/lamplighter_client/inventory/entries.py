"""From rows of a file to entries of an inventory: every flaw is found, none is passed over."""

import difflib
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from lamplighter_client.documents.bounds import remedy
from lamplighter_client.documents.registering.registrations import InventoryEntry
from lamplighter_client.inventory.comma_separated import labels_of
from lamplighter_client.inventory.rows import Flaw, InventoryError, Row

MOST_ENTRIES = 50_000  # in a file
COLUMNS = InventoryEntry.__struct_fields__
LIMITS = ("latency_p95_ms", "power_w", "memory_bytes")
_TYPES = {field.name: field.type for field in msgspec.structs.fields(InventoryEntry)}
# cam-[01-24]: with zeros in front where the first number has them.
_RANGE = re.compile(r"\[(\d{1,5})-(\d{1,5})\]")
NUMBER = "{n}"


def entries_of(rows: list[Row], name: str) -> list[InventoryEntry]:
    """The entries; an id with a range of numbers is as many devices.

    Raises:
        InventoryError: names every flaw with its line and column.
    """
    return [entry for _, entry in placed_entries(rows, name)]


def placed_entries(rows: list[Row], name: str) -> list[tuple[str, InventoryEntry]]:
    """The entries with the places of their rows.

    Raises:
        InventoryError: names every flaw with its line and column.
    """
    flaws: list[Flaw] = []
    placed = [(row.place, entry) for row in rows for entry in _of_row(row, flaws)]
    flaws += _twice(placed)
    if not rows:
        flaws.append(Flaw("", "", "it names no device"))
    if len(placed) > MOST_ENTRIES:
        flaws.append(
            Flaw("", "", f"{len(placed)} devices; {MOST_ENTRIES} at most, make more files")
        )
    if flaws:
        raise InventoryError(name, flaws)
    return placed


def _of_row(row: Row, flaws: list[Flaw]) -> Iterator[InventoryEntry]:
    own = [*_unknown(row)]
    values: dict[str, Any] = {}
    for column, cell in row.cells.items():
        if column in COLUMNS and column != "id":
            _take(row, column, cell, values, own)
    ids = _ids(row, own)
    flaws += own
    if own:
        return
    for identity, number in ids:
        camera = values.get("camera", UNSET)
        if number and camera is not UNSET:
            yield InventoryEntry(
                **values | {"id": identity, "camera": camera.replace(NUMBER, number)}
            )
        else:
            yield InventoryEntry(**values | {"id": identity})


def _take(row: Row, column: str, cell: Any, values: dict[str, Any], flaws: list[Flaw]) -> None:
    try:
        values[column] = _READERS.get(column, _number if column in LIMITS else _plain)(cell, column)
    except (ValueError, msgspec.ValidationError) as error:
        flaws.append(Flaw(row.place, column, remedy(str(error))))


def _plain(cell: Any, column: str) -> Any:
    if not isinstance(cell, str):
        raise ValueError("write one text")
    return msgspec.convert(cell, _TYPES[column])


def _number(cell: Any, column: str) -> Any:
    """Nothing is the controller's default."""
    if isinstance(cell, str) and not cell.strip():
        return None
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{cell!r} is no number; write one such as 66.7, or nothing")
    return msgspec.convert(number, _TYPES[column])


def _labels(cell: Any, column: str) -> Any:
    return msgspec.convert(labels_of(cell) if isinstance(cell, str) else cell, _TYPES[column])


_READERS: dict[str, Callable[[Any, str], Any]] = {"labels": _labels}


def _ids(row: Row, flaws: list[Flaw]) -> list[tuple[str, str]]:
    """Each id of a row with its number, if it is one of a range."""
    cell = row.cells.get("id", "")
    text = cell.strip() if isinstance(cell, str) else ""
    made = [(text, "")]
    if found := _RANGE.search(text):
        first, last = int(found[1]), int(found[2])
        if not first <= last < first + MOST_ENTRIES:
            flaws.append(Flaw(row.place, "id", f"{found[0]} is no range; write it as [01-24]"))
            return []
        numbers = [str(number).zfill(len(found[1])) for number in range(first, last + 1)]
        made = [(text.replace(found[0], number, 1), str(int(number))) for number in numbers]
    for identity, _ in made:
        try:
            msgspec.convert(identity, _TYPES["id"])
        except msgspec.ValidationError as error:
            flaws.append(Flaw(row.place, "id", f"{identity!r}: {remedy(str(error))}"))
            return []
    return made


def _unknown(row: Row) -> Iterator[Flaw]:
    for column in row.cells:
        if column not in COLUMNS and column:
            near = difflib.get_close_matches(column, COLUMNS, 1)
            meant = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(COLUMNS)}"
            yield Flaw(row.place, column, f"no such column{meant}")


def _twice(placed: list[tuple[str, InventoryEntry]]) -> Iterator[Flaw]:
    first: dict[str, str] = {}
    for place, entry in placed:
        before = first.setdefault(entry.id, place)
        if before is not place:
            yield Flaw(place, "id", f"{entry.id} is on {before} as well; keep one of them")
