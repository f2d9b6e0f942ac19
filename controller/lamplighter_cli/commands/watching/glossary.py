"""`lamplighter glossary`: what the words of screens, commands, events and reports mean."""

from textwrap import wrap
from typing import Annotated

import typer
from lamplighter_client.words.glossary import GLOSSARY, alike, found

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Json
from lamplighter_cli.output import show_json

WIDTH, INDENT = 80, "    "


def glossary(
    term: Annotated[str, typer.Argument(help="A word, its beginning, or what to look for.")] = "",
    as_json: Json = False,
) -> None:
    """What the words mean that screens, commands, events and reports use."""
    words = found(term) if term.strip() else GLOSSARY
    if not words:
        near = ", ".join(alike(term))
        remedy = f"did you mean {near}?" if near else "lamplighter glossary lists all words"
        raise CommandError(f"{term[:80]!r} is no word of the glossary: {remedy}")
    if as_json:
        show_json([{"term": name, "meaning": said} for name, said in words.items()])
        return
    for name, said in words.items():
        typer.echo(name)
        for line in wrap(said, WIDTH - len(INDENT)):
            typer.echo(INDENT + line)
