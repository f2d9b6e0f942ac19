"""Modules and functions stay small enough to be read in one sitting, rooms to be surveyed."""

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("agent", "recipes", "controller")
MOST_LINES = 400
MEDIAN_LINES = 110
FUNCTION_P90 = 20
MOST_MODULES = 12
# Grows with every change of the schema, one after the other; nobody surveys it.
MIGRATIONS = "versions"


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_module_has_more_than_400_lines() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in _modules(*PRODUCT, "tests", "docs")
        if (lines := _lines(path)) > MOST_LINES
    }
    assert too_long == {}


@pytest.mark.parametrize("folder", PRODUCT)
def test_the_usual_module_is_short(folder: str) -> None:
    written = [lines for path in _modules(folder) if (lines := _lines(path))]
    assert median(written) <= MEDIAN_LINES


@pytest.mark.parametrize("folder", PRODUCT)
def test_the_usual_function_is_short(folder: str) -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in _modules(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert quantiles(lengths, n=10)[-1] <= FUNCTION_P90


def test_no_room_has_more_modules_than_one_can_survey() -> None:
    rooms = {path.parent for path in _modules(*PRODUCT) if path.parent.name != MIGRATIONS}
    crowded = {
        str(room.relative_to(ROOT)): len(modules)
        for room in rooms
        if len(modules := [p for p in room.glob("*.py") if p.stem != "__init__"]) > MOST_MODULES
    }
    assert crowded == {}
