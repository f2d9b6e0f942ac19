"""Real shells that complete a line with scripts of ours."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE_S = 60.0
BASH = """
source "$1"; shift
spec=$(complete -p "$1"); function=${spec#*-F }; function=${function%% *}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
$function "$1"
printf '%s\\n' "${COMPREPLY[@]}"
"""
# Whatever is offered goes to a file, and then a line that says that all was.
ZSH = """
autoload -Uz compinit; compinit -D -u
source {script}
compadd() {{
  if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -l -- $hits >> {out}
  return 0
}}
finish() {{ print -- END >> {out} }}
comppostfuncs=(finish)
bindkey '^I' complete-word
print -- READY >> {out}
"""


def complete(shell: str, script: str, folder: Path, words: list[str]) -> set[str]:
    """What a shell offers for the last word of a line. Skips where there is no such shell."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: apt-get install {shell}")
    path = folder / f"completion.{shell}"
    path.write_text(script)
    offered = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](path, folder, words)
    return {word.strip() for word in offered if word.strip()}


def put_program(folder: Path, name: str, module: str) -> None:
    """A program of that name in a folder for the PATH."""
    program = folder / name
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
    program.chmod(0o755)


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder)}


def _bash(script: Path, folder: Path, words: list[str]) -> list[str]:
    return _said(["bash", "-c", BASH, "bash", str(script), *words], folder)


def _fish(script: Path, folder: Path, words: list[str]) -> list[str]:
    line = " ".join(words)
    said = _said(["fish", "-c", f"source {script}; complete -C '{line}'"], folder)
    return [offer.partition("\t")[0] for offer in said]


def _said(command: list[str], folder: Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _zsh(script: Path, folder: Path, words: list[str]) -> list[str]:
    """In a terminal: outside of one zsh completes nothing."""
    out, settings = folder / "offered", folder / ".zshrc"
    out.write_text("")
    settings.write_text(ZSH.format(script=script, out=out))
    environment = _environment(folder) | {"ZDOTDIR": str(folder), "TERM": "dumb"}
    ours, theirs = pty.openpty()
    command = ["zsh", "-i", "--no-globalrcs"]
    shell = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    try:
        _until("READY", out, ours)
        os.write(ours, (" ".join(words) + "\t").encode())
        return [line for line in _until("END", out, ours) if line not in ("READY", "END")]
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)
        os.close(theirs)


def _until(word: str, out: Path, terminal: int) -> list[str]:
    """The lines of a file, once a word is among them; what the terminal shows is read away."""
    shown, deadline = b"", time.monotonic() + PATIENCE_S
    while word not in (lines := out.read_text().splitlines()):
        assert time.monotonic() < deadline, shown.decode(errors="replace")
        if select.select([terminal], [], [], 0.05)[0]:
            shown += os.read(terminal, 65_536)
    return lines
