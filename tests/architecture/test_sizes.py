"""Modules stay small enough to be read in one sitting."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 500


def test_no_module_has_more_than_500_lines() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("agent", "recipes", "controller", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert too_long == {}
