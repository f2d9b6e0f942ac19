"""The page of threats names tests that exist, in each of its rows; policy and pages lead to it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/explanation/threats.md"
TEST = re.compile(r"\]\((\S+\.py)#(\w+)\)")
ROWS = [
    line
    for line in PAGE.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| can try to")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:60])
def test_each_row_names_tests_that_exist(row: str) -> None:
    named = TEST.findall(row)
    assert named, "what stops it is shown by no test"
    assert [test for file, test in named if f"def {test}(" not in _text(file)] == []


def test_every_attempt_has_its_answer() -> None:
    assert len(ROWS) >= 20
    assert all(all(cell.strip() for cell in row.strip("|").split("|")) for row in ROWS)


def test_the_pages_lead_there() -> None:
    assert "docs/explanation/threats.md#what-is-not-stopped" in (ROOT / "SECURITY.md").read_text()
    for page in ("README.md", "docs/README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text()
        assert "SECURITY.md" in text and "threats.md" in text, page


def _text(file: str) -> str:
    return (PAGE.parent / file).read_text()
