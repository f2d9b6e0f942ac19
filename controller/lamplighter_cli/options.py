"""Arguments and options that several commands share."""

import math
import os
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from lamplighter_client.client import Client
from lamplighter_client.target import Target, find_controller
from lamplighter_wire.command_line.given_paths import EMPTY_PATH
from lamplighter_wire.command_line.given_secrets import read_secret
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.https.trust import is_exposed
from lamplighter_wire.https.web_address import checked_web_address
from typer.core import TyperCommand

from lamplighter_cli.progress import report

# Names of the types of parameters that are paths.
PATHS = ("path", "file", "directory")

Numbers = TypeVar("Numbers", float, float | None, list[float] | None)

# The authority that the command line names before the command.
named_authority: ContextVar[Path | None] = ContextVar("named_authority", default=None)


def _read_token(given: str | None) -> str | None:
    token = read_secret(given) if given else given
    if token and not (token.isascii() and token.isprintable() and token.strip() == token):
        raise typer.BadParameter("a token has neither blanks nor letters beyond ASCII")
    return token


def _check_address(given: str | None) -> str | None:
    try:
        return checked_web_address(given) if given else given
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error


def finite(given: Numbers) -> Numbers:
    """A number, or several, that can be reckoned with.

    Raises:
        typer.BadParameter: one is infinite, or no number at all.
    """
    numbers = given if isinstance(given, Sequence) else [given]
    if any(number is not None and not math.isfinite(number) for number in numbers):
        raise typer.BadParameter("write a finite number")
    return given


DeviceArgument = Annotated[str, typer.Argument(help="Device id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", file_okay=False, help="Data directory of the controller; default: var."),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="LAMPLIGHTER_URL",
        help="Address of the controller's API.",
        callback=_check_address,
    ),
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
        "--recipes",
        envvar="LAMPLIGHTER_RECIPES_DIR",
        help="Folder with further recipe files.",
        exists=True,
        file_okay=False,
    ),
]
MaterialsFolder = Annotated[
    Path | None,
    typer.Option(
        "--materials",
        exists=True,
        file_okay=False,
        help="Folder with weights, calibration and evaluation; default: those shipped.",
    ),
]


WorkFolder = Annotated[
    Path,
    typer.Option(file_okay=False, help="Working folder; emptied first if an earlier run made it."),
]


def client(data: Path | None, url: str | None, token: str | None) -> Client:
    """A client of the controller that the options, or its data directory, name."""
    return Client(target(data, url, token))


def target(data: Path | None, url: str | None, token: str | None) -> Target:
    """The controller that the options, or its data directory, name."""
    found = find_controller(data or default_data_dir(), url, token, named_authority.get())
    if is_exposed(found.url):
        report(f"the token can be read on its way to {found.url}: serve it with TLS, use https://")
    return found


def default_data_dir() -> Path:
    """The data directory of the settings' environment variable, else `var`."""
    return Path(os.environ.get("LAMPLIGHTER_DATA_DIR", "var"))


class _Commands(typer.Typer):
    """Whose commands take no path that is empty."""

    def command(self, *names: Any, **options: Any) -> Any:
        return super().command(*names, **{"cls": _Command} | options)


class _Command(TyperCommand):
    """Refuses empty paths: they would be taken for the folder that one happens to be in."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        for parameter in self.params:
            words = given.get(parameter.name or "")
            is_empty = "" in words if isinstance(words, list | tuple) else words == ""
            if is_empty and parameter.type.name in PATHS:
                raise typer.BadParameter(EMPTY_PATH, ctx=ctx, param=parameter)
        return super().parse_args(ctx, args)


def group(help_text: str) -> typer.Typer:
    """A group of commands, in plain text."""
    return _Commands(
        help=help_text,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
