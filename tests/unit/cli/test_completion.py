"""Shells complete our commands, by what `lamplighter completion` prints."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lamplighter_cli.app import app
from typer.testing import CliRunner


def script(shell: str) -> str:
    done = CliRunner().invoke(app, ["completion", shell])
    assert done.exit_code == 0, done.output
    return done.output


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    program = tmp_path / "lamplighter"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m lamplighter_cli "$@"\n')
    program.chmod(0o755)
    (tmp_path / "completion").write_text(script("bash"))
    asked = """
source "$1"
spec=$(complete -p lamplighter); function=${spec#*-F }; function=${function%% *}
ask() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  $function lamplighter
  echo "${COMPREPLY[@]}"
}
ask lamplighter back
ask lamplighter device li
ask lamplighter device list --fil
"""
    command = ["bash", "-c", asked, "bash", str(tmp_path / "completion")]
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PATH": path})
    assert done.stdout.split() == ["backup", "list", "--filter"], done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_for_our_program(shell: str) -> None:
    text = script(shell)
    assert "_LAMPLIGHTER_COMPLETE=" in text
    assert "lamplighter" in text
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_other_shells_are_refused() -> None:
    assert CliRunner().invoke(app, ["completion", "cmd"]).exit_code == 2
