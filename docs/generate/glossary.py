"""The table of the words that people read, in the page of the glossary.

`python -m docs.generate.glossary docs/reference` writes it into glossary.md.
"""

import sys
from pathlib import Path

from lamplighter_client.words.glossary import GLOSSARY

from docs.generate.architecture import with_table

PAGE, TABLE = "glossary.md", "words"


def table() -> str:
    """The words by their letters."""
    rows = [f"| {term} | {said} |" for term, said in GLOSSARY.items()]
    return "\n".join(["| word | meaning |", "|---|---|", *rows]) + "\n"


def main(folder: Path) -> None:
    """Write the table into the page of a folder."""
    page = folder / PAGE
    page.write_text(with_table(page.read_text(), TABLE, table()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
