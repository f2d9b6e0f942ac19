"""One word for each outcome: where people read, no other is used beside that of the glossary."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.words.glossary import GLOSSARY
from lamplighter_wire.enums import Outcome
from lamplighter_wire.words.outcomes import WORDS, outcome_word

ROOT = Path(__file__).resolve().parents[3]
# Another word -> that of the glossary.
OTHERS = {
    r"\brejected\b": "refused",
    r"\brolled_back\b": "rolled back",
    r"\b(?:in|into) service\b": "committed",
    r"\breverted\b": "rolled back",
    r"\bdeclined\b": "refused",
}
# What is accepted or rejected beside updates: a claim, by an operator.
CLAIMS = re.compile(r"\b(?:claims?|accept(?:ed)?)\b")
ROOMS = (
    "controller/lamplighter_cli",
    "controller/lamplighter_client",
    "controller/lamplighter_dashboard",
    "controller/lamplighter_demo",
    "controller/lamplighter_provision",
    "controller/lamplighter_controller/services/sentences",
    "controller/lamplighter_controller/domain/attention",
    "controller/lamplighter_controller/domain/explaining",
    "agent/lamplighter_wire/words",
    "agent/lamplighter_agent/updating",
)
PAGES = ("README.md", "docs/tutorial", "docs/how-to", "docs/explanation", "docs/reference")
# Lists of what programs read.
LISTS = re.compile(r"none, underway, committed, rejected")


def _texts(path: Path) -> Iterator[str]:
    """Texts of more than one word, and what a command says of itself."""
    tree = ast.parse(path.read_text())
    hidden = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and not ("lamplighter_cli/commands" in str(path) and isinstance(node, ast.FunctionDef))
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and node not in hidden and " " in node.value:
            yield node.value


def _prose(path: Path) -> Iterator[str]:
    """Paragraphs and lines of tables, without what stands as code."""
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    yield from re.split(r"\n\n|\n(?=[-|])", text)


def _others(text: str) -> list[str]:
    if CLAIMS.search(text) or LISTS.search(text):
        return []
    plain = re.sub(r"`[^`]*`", "", text)
    return [found.group() for one in OTHERS for found in re.finditer(one, plain)]


def _modules() -> list[Path]:
    found = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in found if path.stem != "claims"]


def _pages() -> list[Path]:
    places = [ROOT / place for place in PAGES]
    return [one for at in places for one in (sorted(at.glob("*.md")) if at.is_dir() else [at])]


def test_texts_of_programs_have_one_word_for_each_outcome() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {text[:60]}": others
        for path in _modules()
        for text in _texts(path)
        if (others := _others(text))
    }
    assert found == {}, f"the words are {OTHERS}"


def test_pages_have_one_word_for_each_outcome() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {text[:60]}": others
        for path in _pages()
        for text in _prose(path)
        if (others := _others(text))
    }
    assert found == {}, f"the words are {OTHERS}"


@pytest.mark.parametrize("text", ["it was rejected as slow", "now in service", "reverted by hand"])
def test_another_word_is_found(text: str) -> None:
    assert _others(text)


def test_each_outcome_has_a_word_that_the_glossary_explains() -> None:
    told = set(Outcome) - {Outcome.UNKNOWN}
    assert {outcome_word(one) for one in told} <= set(GLOSSARY)
    assert len(set(WORDS.values())) == len(Outcome)
    assert outcome_word("under way") == "under way"
