"""Every command that the pages show exists, with the options they show."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from lamplighter_agent.__main__ import parser
from lamplighter_agent.settings import READER as AGENT
from lamplighter_cli.app import app
from lamplighter_controller.settings import READER as CONTROLLER
from lamplighter_wire.settings import SettingsReader

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"(?:^|[\s`/(])(lamplighter(?:-agent)? [a-z-][^`\n#|]*)")


def _blocks(page: Path) -> Iterator[str]:
    """Code blocks of a shell, and inline code."""
    text = page.read_text()
    for language, block in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL):
        if language in ("sh", "", "bash"):
            yield from block.replace("\\\n", " ").splitlines()
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", plain)


def _commands() -> list[tuple[str, str]]:
    return [
        (str(page.relative_to(ROOT)), found[1].strip())
        for page in PAGES
        for line in _blocks(page)
        if (found := COMMAND.search(line)) and "[" not in found[1]
    ]


def _walk(words: list[str]) -> Any:
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        names = name.split("|")  # a page may name two at once
        assert all(part in command.commands for part in names), f"no command {name!r}"
        command = command.commands[names[0]]
    return command


@pytest.mark.parametrize(("page", "line"), _commands())
def test_a_command_of_the_pages_exists(page: str, line: str) -> None:
    words = shlex.split(line)
    program = words.pop(0)
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    if program == "lamplighter":
        known = {name for option in _walk(words).params for name in option.opts}
    else:
        text = "".join(_help_of(words))
        known = set(re.findall(r"--[a-z-]+", text))
    assert options <= known | {"--help"}, f"{page}: {line}"


def _help_of(words: list[str]) -> Iterator[str]:
    top = parser()
    yield top.format_help()
    subparsers = next(a for a in top._actions if isinstance(a.choices, dict))  # noqa: SLF001
    choices = subparsers.choices
    assert isinstance(choices, dict)
    named = [word for word in words if word in choices]
    assert named, f"no agent command in {words}"
    yield choices[named[0]].format_help()


@pytest.mark.parametrize(
    ("page", "reader"),
    [
        ("docs/tutorial/first-city.md", AGENT),
        ("docs/how-to/real-device.md", AGENT),
        ("docs/reference/agent-settings.md", AGENT),
        ("docs/reference/controller-settings.md", CONTROLLER),
    ],
)
def test_the_settings_of_the_pages_are_accepted(page: str, reader: SettingsReader[Any]) -> None:
    found = re.search(r"```toml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert found
    assert reader.parse(tomllib.loads(found[1]), page) != reader.kind()
