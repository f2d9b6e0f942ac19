"""`lamplighter completion`: the script by which a shell completes our commands and options."""

from enum import StrEnum
from typing import Annotated

import typer

PROGRAM, VARIABLE = "lamplighter", "_LAMPLIGHTER_COMPLETE"


class Shell(StrEnum):
    """Shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[Shell, typer.Argument(help="Which shell: bash, zsh or fish.")],
) -> None:
    """Print what lets a shell complete commands and options; see its how-to for where to put it."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    script = get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell)
    typer.echo(script)


def answer_shells() -> None:
    """Before the command line is read: a shell may ask for completions instead."""
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
