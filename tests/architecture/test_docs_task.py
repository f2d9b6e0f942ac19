"""The page on tasks and families shows the example as it is.

That it goes the whole way from there is tests/integration/test_road_state.py.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/add-a-task-or-model-family.md"
EXAMPLE = ROOT / "examples/road-state"
BLOCKS = re.findall(r"```(?:toml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL)


def _sources() -> dict[str, str]:
    files = [path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    return {str(path.relative_to(EXAMPLE)): path.read_text() for path in files}


@pytest.mark.parametrize("block", BLOCKS)
def test_what_the_page_shows_is_in_the_example(block: str) -> None:
    assert any(block in source for source in _sources().values()), block


def test_the_files_that_the_page_names_are_there() -> None:
    named = re.findall(r"`((?:road_state|recipes)/[a-z0-9_.-]+)`", PAGE.read_text())
    assert set(named) <= set(_sources())
    assert len(set(named)) >= 5
