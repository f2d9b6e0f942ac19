"""The generated page of the policy is current."""

from pathlib import Path

from docs.generate.policy import page

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_the_page_is_current() -> None:
    assert (REFERENCE / "policy.md").read_text(encoding="utf-8") == page(), "run: make reference"
