"""What is shown, as CSV, JSON, SVG, or a page of its own."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.files import write_atomically


class ExportError(Exception):
    """Nothing was written; the text says why."""


class Shown(Protocol):
    """What is used of the application."""

    @property
    def screen(self) -> Any: ...

    @property
    def is_web(self) -> bool: ...

    def export_screenshot(self) -> str: ...

    def deliver_text(self, file: io.StringIO, *, save_filename: str) -> object: ...


def export(app: Shown, file: Path) -> str:
    """Write it; what to say about it. A file that is there already is not overwritten.

    In a browser it is downloaded: nobody who comes by one writes files of the server.

    Raises:
        ExportError: nothing was written.
    """
    if not app.is_web and file.exists():
        raise ExportError(f"{file} is there already; choose another name")
    kind = file.suffix.lower()
    if kind == ".svg":
        text, what = app.export_screenshot(), "the screen"
    elif kind == ".html":
        text, what = app.screen.exported_page(), "the page"
        if not text:
            raise ExportError("only a device is exported as a page; open one")
    elif kind in (".csv", ".json"):
        titles, rows = app.screen.exported()
        if not titles:
            raise ExportError("this screen has no table; write to FILE.svg")
        text = as_csv(titles, rows) if kind == ".csv" else as_json(titles, rows)
        what = f"{len(rows)} rows"
    else:
        raise ExportError("write to FILE.csv, FILE.json, FILE.svg, or FILE.html of a device")
    if app.is_web:
        app.deliver_text(io.StringIO(text), save_filename=file.name)
        return f"{what} downloaded as {file.name}"
    try:
        write_atomically(file, [text.encode()])
    except OSError as error:
        raise ExportError(os_error_text(error, file)) from error
    return f"{what} written to {file}"


def as_csv(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """RFC 4180. What a sheet would take for a formula is kept from being one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def as_json(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A list of objects by title."""
    objects = [dict(zip(titles, row, strict=True)) for row in rows]
    return msgspec.json.format(msgspec.json.encode(objects)).decode() + "\n"


def _harmless(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") and cell != "-"
    return f"'{cell}" if is_formula else cell
