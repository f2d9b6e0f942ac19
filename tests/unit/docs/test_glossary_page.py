"""The words of the screens are in the page of the glossary, and each can be looked up."""

from pathlib import Path

import pytest
from lamplighter_client.words.glossary import GLOSSARY, alike, found

from docs.generate.architecture import table_of
from docs.generate.glossary import PAGE, TABLE, table

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_the_table_is_current() -> None:
    page = (REFERENCE / PAGE).read_text()
    assert table_of(page, TABLE) == table(), "run: python -m docs.generate.glossary docs/reference"


def test_words_are_in_order_and_none_explains_itself_by_a_long_text() -> None:
    assert list(GLOSSARY) == sorted(GLOSSARY, key=str.lower)
    assert all(10 < len(said) < 220 and not said.endswith(".") for said in GLOSSARY.values())


@pytest.mark.parametrize(
    ("asked", "first"),
    [("gate", "gate"), ("AP50", "AP50"), ("penal", "penalty box"), ("same bytes", "chunk")],
)
def test_a_word_is_found_by_itself_its_beginning_or_its_meaning(asked: str, first: str) -> None:
    assert next(iter(found(asked))) == first


def test_what_is_no_word_is_not_found_and_what_is_alike_is_named() -> None:
    assert found("canery") == {}
    assert "canary" in alike("canery")
