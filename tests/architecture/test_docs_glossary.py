"""Modules and public classes of the rooms that decide have names made of the glossary's words."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/glossary.md"
ROOMS = (
    "controller/lamplighter_controller/domain",
    "controller/lamplighter_controller/services",
    "agent/lamplighter_agent/deployment",
    "agent/lamplighter_agent/acceptance",
    "agent/lamplighter_agent/ladder",
    "agent/lamplighter_agent/updating",
)
ENGLISH = (
    "access api called control error failed file history illegal intake kind log operation off "
    "policy question queue record run sink spec stopped"
)
"""Ordinary words that need no entry."""


def _stem(word: str) -> str:
    """The singular: enough for the words of the page."""
    for ending, singular in (("ies", "y"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending):
            return word.removesuffix(ending) + singular
    return word


def _words(text: str) -> set[str]:
    """Words of snake_case, CamelCase and prose."""
    return {_stem(word.lower()) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)}


def _glossary() -> set[str]:
    """The words of the first column."""
    terms = re.findall(r"^\| (.+?) \|", PAGE.read_text(), re.MULTILINE)
    return {word for term in terms for word in _words(term)}


def _names() -> list[tuple[str, str]]:
    """(module, name) of every module and public class."""
    names = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            if path.stem != "__init__":
                names.append((place, path.stem))
            names += [
                (place, node.name)
                for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
            ]
    return names


def test_names_are_words_of_the_glossary() -> None:
    words = _glossary() | _words(ENGLISH)
    strange = {
        f"{place}: {name} ({', '.join(sorted(unknown))})"
        for place, name in _names()
        if (unknown := _words(name) - words)
    }
    assert strange == set(), (
        "use a word of docs/reference/glossary.md, or explain the new one there"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decision_queue", {"decision", "queue"}),
        ("RefusedOrders", {"refused", "order"}),
        ("ApiAccess", {"api", "access"}),
        ("breaches", {"breach"}),
    ],
)
def test_names_are_split_into_words(name: str, words: set[str]) -> None:
    assert _words(name) == words
