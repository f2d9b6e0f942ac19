"""Rows of an inventory file as they stand there, and what may be wrong with one."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    YAML = "yaml"
    JSON = "json"


ENDINGS = {".csv": Format.CSV, ".yaml": Format.YAML, ".yml": Format.YAML, ".json": Format.JSON}


@dataclass(frozen=True)
class Row:
    """One device of a file: column -> text; `labels` is a table, or a text of CSV."""

    place: str  # "line 3", "entry 2"
    cells: dict[str, str | dict[str, str]]


@dataclass(frozen=True)
class Flaw:
    """What is wrong where, and what to write instead."""

    place: str
    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.column}: {self.text}" if self.column else self.both()

    def both(self) -> str:
        """Of a whole row or file."""
        return f"{self.place}: {self.text}" if self.place else self.text


class InventoryError(Exception):
    """A file is not in order; `flaws` names each place."""

    def __init__(self, name: str, flaws: list[Flaw]) -> None:
        super().__init__("\n".join(f"{name}: {flaw}" for flaw in flaws))
        self.flaws = flaws


def format_of(path: Path) -> Format:
    """By the ending of its name.

    Raises:
        InventoryError: it is none that is known.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InventoryError(str(path), [Flaw("", "", f"name it with one of {', '.join(ENDINGS)}")])
    return ENDINGS[path.suffix.lower()]
