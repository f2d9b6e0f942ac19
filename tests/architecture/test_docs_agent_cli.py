"""The reference of the agent's command line names exactly what there is."""

import argparse
import re
from pathlib import Path

import pytest
from lamplighter_agent import __main__ as program

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/agent-cli.md"
OPTIONS, CODES = "Options before the command", "Exit codes"


def _documented() -> dict[str, set[str]]:
    """Heading -> first column of its table."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return {
        section.splitlines()[0].strip(): set(
            re.findall(r"^\| `?([\w-]+)`? \|", section, re.MULTILINE)
        )
        - {"option", "code"}
        for section in sections
    }


def _commands() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in program.parser()._actions if isinstance(a.choices, dict))  # noqa: SLF001
    return dict(action.choices)  # type: ignore[arg-type]


def _options(parser: argparse.ArgumentParser) -> set[str]:
    names = {name for action in parser._actions for name in action.option_strings}  # noqa: SLF001
    return {name for name in names if name.startswith("--")} - {"--help"}


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert _documented().keys() - {OPTIONS, CODES} == _commands().keys()


@pytest.mark.parametrize("name", sorted(_commands()))
def test_every_option_of_a_command_is_documented(name: str) -> None:
    assert _documented()[name] == _options(_commands()[name])


def test_every_option_before_the_command_is_documented() -> None:
    assert _documented()[OPTIONS] == _options(program.parser())


def test_every_exit_code_is_documented() -> None:
    assert _documented()[CODES] == {str(code) for code in program.EXIT_CODES}
