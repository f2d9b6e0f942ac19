"""Every decision record stands in the index under its own title."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs/adr"


def _title(path: Path) -> tuple[str, str]:
    """(number, title) of a record's first line."""
    found = re.match(r"# (\d+)\. (.+)", path.read_text().splitlines()[0])
    assert found, f"{path.name} must begin with '# NUMBER. TITLE'"
    return found[1], found[2]


def test_every_record_is_in_the_index_under_its_title() -> None:
    index = (FOLDER / "README.md").read_text().splitlines()
    listed = [line for line in index if re.match(r"\| \d+ \|", line)]
    records = sorted(FOLDER.glob("[0-9]*.md"))
    assert listed == [
        f"| {number} | [{title}]({path.name}) |"
        for path, (number, title) in ((path, _title(path)) for path in records)
    ]
