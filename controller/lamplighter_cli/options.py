"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.client import Client, default_data_dir, find_controller

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Data directory of the controller; default: var."),
]
Url = Annotated[
    str | None,
    typer.Option("--url", envvar="LAMPLIGHTER_URL", help="Address of the controller's API."),
]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="LAMPLIGHTER_TOKEN", help="Bearer token of the API."),
]


def client(data: Path | None, url: str | None, token: str | None) -> Client:
    """A client of the controller that the options, or its data directory, name."""
    return Client(find_controller(data or default_data_dir(), url, token))


def group(help_text: str) -> typer.Typer:
    """A group of commands, in plain text."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
