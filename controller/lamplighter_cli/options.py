"""Arguments and options that several commands share."""

import os
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client.client import Client
from lamplighter_client.target import Target, find_controller
from lamplighter_wire.command_line.given_secrets import read_secret

# The authority that the command line names before the command.
named_authority: ContextVar[Path | None] = ContextVar("named_authority", default=None)


def _read_token(given: str | None) -> str | None:
    return read_secret(given) if given else given


DeviceArgument = Annotated[str, typer.Argument(help="Device id.")]
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
    typer.Option(
        "--token",
        envvar="LAMPLIGHTER_TOKEN",
        help="Bearer token of the API; -: from standard input; @FILE: from a file.",
        callback=_read_token,
    ),
]
ExtraRecipes = Annotated[
    Path | None,
    typer.Option(
        "--recipes", envvar="LAMPLIGHTER_RECIPES_DIR", help="Folder with further recipe files."
    ),
]
MaterialsFolder = Annotated[
    Path | None,
    typer.Option(
        "--materials",
        help="Folder with weights, calibration and evaluation; default: those shipped.",
    ),
]


WorkFolder = Annotated[
    Path, typer.Option(help="Working folder; emptied first if an earlier run made it.")
]


def client(data: Path | None, url: str | None, token: str | None) -> Client:
    """A client of the controller that the options, or its data directory, name."""
    return Client(target(data, url, token))


def target(data: Path | None, url: str | None, token: str | None) -> Target:
    """The controller that the options, or its data directory, name."""
    return find_controller(data or default_data_dir(), url, token, named_authority.get())


def default_data_dir() -> Path:
    """The data directory of the settings' environment variable, else `var`."""
    return Path(os.environ.get("LAMPLIGHTER_DATA_DIR", "var"))


def group(help_text: str) -> typer.Typer:
    """A group of commands, in plain text."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
