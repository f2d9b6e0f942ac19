"""Every target of make has its row in the reference, and every row its target."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_target_is_described() -> None:
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    page = (ROOT / "docs/reference/make.md").read_text()
    assert set(re.findall(r"^\| `([a-z]+)` \|", page, re.MULTILINE)) == set(rules)
