"""The page of the dashboard is what its code says."""

from pathlib import Path

from docs.generate.dashboard import page

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/dashboard.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run: python -m docs.generate.dashboard docs/reference"


def test_every_key_has_a_name_by_which_it_is_changed() -> None:
    unnamed = [line for line in PAGE.read_text().splitlines() if "`None`" in line]
    assert unnamed == []
