"""`lamplighter dashboard --web`: the dashboard in a browser."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_client.client import Client
from lamplighter_client.endpoints import rollup
from lamplighter_wire.errors import os_error_text

from lamplighter_cli.errors import EXIT_USAGE, CommandError
from lamplighter_cli.options import named_authority, target

if TYPE_CHECKING:
    from lamplighter_dashboard.web.server import WebPlace

Certificate = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Of --web, PEM: it is served by TLS.")
]
PrivateKey = Annotated[
    Path | None, typer.Option("--private-key", dir_okay=False, help="Of that certificate, PEM.")
]
# How the terminal in a browser names itself to the dashboard that runs in it.
DRIVER, WEB_DRIVER = "TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver"
TOKEN = "LAMPLIGHTER_TOKEN"  # noqa: S105 - the variable's name


def is_in_browser() -> bool:
    """Whether this process is a dashboard that a browser shows."""
    return os.environ.get(DRIVER) == WEB_DRIVER


def place_of(
    host: str, port: int, certificate: Path | None, private_key: Path | None
) -> "WebPlace":
    """Where it is served."""
    from lamplighter_dashboard.web.server import WebPlace

    return WebPlace(host, port, str(certificate or ""), str(private_key or ""))


def child_of(
    data: Path | None, url: str | None, token: str | None, context: str, *, read_only: bool
) -> Sequence[str]:
    """What is started for each browser. A token goes by the environment, where no list shows it."""
    if not context:
        with Client(target(data, url, token)) as client:
            client.send(rollup())  # what is wrong is said here, not in each browser
    if token:
        os.environ[TOKEN] = token
    authority = named_authority.get()
    command = [sys.executable, "-m", "lamplighter_cli"]
    command += ["--ca", str(authority.absolute())] if authority else []
    command += ["dashboard", "--context", context] if context else ["dashboard"]
    command += ["--data", str(data.absolute())] if data else []
    command += ["--url", url] if url else []
    return [*command, "--read-only"] if read_only else command


def serve_dashboard(place: "WebPlace", command: Sequence[str]) -> None:
    """Serve until it is ended.

    Raises:
        CommandError: it would be readable on its way, or cannot listen there.
    """
    from lamplighter_dashboard.web.server import ExposedError, serve_web

    try:
        asyncio.run(serve_web(command, place, _tell))
    except ExposedError as error:
        raise CommandError(str(error), EXIT_USAGE) from error
    except OSError as error:
        where = f"{place.host}:{place.port}"
        raise CommandError(f"cannot serve at {where}: {os_error_text(error)}") from error


def _tell(address: str) -> None:
    typer.echo(address)
    typer.echo("Whoever has this address is let in. Ctrl-C ends it.", err=True)
