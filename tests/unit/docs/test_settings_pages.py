"""The generated pages of the settings are current."""

from pathlib import Path

import pytest

from docs.generate.settings import pages

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
COMMAND = "run: make reference"


@pytest.mark.parametrize("name", ["agent-settings.md", "controller-settings.md"])
def test_the_page_is_current(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages()[name], COMMAND
