"""Inventories from and to files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_wire.errors import os_error_text
from msgspec import UNSET

from lamplighter_client.documents.registering.registrations import InventoryEntry
from lamplighter_client.inventory.comma_separated import labels_cell, read_csv, write_csv
from lamplighter_client.inventory.documents_of_text import read_json, read_yaml, write_yaml
from lamplighter_client.inventory.entries import COLUMNS, placed_entries
from lamplighter_client.inventory.rows import Flaw, Format, InventoryError, format_of

MOST_BYTES = 64 * 1024 * 1024
READERS = {Format.CSV: read_csv, Format.YAML: read_yaml, Format.JSON: read_json}


def read_inventory(path: Path) -> list[tuple[str, InventoryEntry]]:
    """The devices of a file, each with its place there.

    Raises:
        InventoryError: names every flaw with its line and column.
    """
    kind = format_of(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InventoryError(str(path), [Flaw("", "", os_error_text(error, path))]) from error
    except UnicodeDecodeError as error:
        raise InventoryError(str(path), [Flaw("", "", "save it as UTF-8")]) from error
    if len(content) > MOST_BYTES:
        raise InventoryError(str(path), [Flaw("", "", f"more than {MOST_BYTES} bytes; split it")])
    return parse_inventory(text, kind, str(path))


def parse_inventory(text: str, kind: Format, name: str) -> list[tuple[str, InventoryEntry]]:
    """The devices of a text.

    Raises:
        InventoryError: names every flaw with its line and column.
    """
    return placed_entries(READERS[kind](text, name), name)


def inventory_text(entries: Sequence[InventoryEntry], kind: Format) -> str:
    """A file's text; read again it gives the same entries."""
    rows = [_values(entry) for entry in entries]
    if kind is Format.CSV:
        return write_csv(
            COLUMNS, [{name: _cell(row.get(name)) for name in COLUMNS} for row in rows]
        )
    if kind is Format.JSON:
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    return write_yaml(rows)


def _values(entry: InventoryEntry) -> dict[str, Any]:
    fields = {name: getattr(entry, name) for name in COLUMNS}
    return {n: msgspec.to_builtins(v) for n, v in fields.items() if v is not UNSET}


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return labels_cell(value)
    return "" if value is None else str(value)
