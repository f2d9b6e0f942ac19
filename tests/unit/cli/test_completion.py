"""Shells complete our commands, by what `lamplighter completion` prints."""

from pathlib import Path

import pytest
from lamplighter_cli.app import app
from typer.testing import CliRunner

from tests.simulators.shells import complete, put_program

SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    done = CliRunner().invoke(app, ["completion", shell])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_for_our_program(shell: str) -> None:
    text = script(shell)
    assert "_LAMPLIGHTER_COMPLETE=" in text
    assert "lamplighter" in text


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_commands_and_options(shell: str, tmp_path: Path) -> None:
    put_program(tmp_path, "lamplighter", "lamplighter_cli")
    text = script(shell)
    assert complete(shell, text, tmp_path, ["lamplighter", "back"]) == {"backup"}
    line = ["lamplighter", "device", "list", "--fil"]
    assert complete(shell, text, tmp_path, line) == {"--filter"}


def test_other_shells_are_refused() -> None:
    assert CliRunner().invoke(app, ["completion", "cmd"]).exit_code == 2
