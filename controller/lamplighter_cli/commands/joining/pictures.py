"""QR codes of enrolment links: on the terminal, or as pictures that only their owner can read."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from lamplighter_client.client import Client
from lamplighter_client.joining.half_blocks import link_picture
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.files import write_secret
from lamplighter_wire.https.web_address import is_loopback
from lamplighter_wire.joining.links import EnrolLink

from lamplighter_cli.errors import CommandError

PIXELS_OF_A_DOT = 6
EnrolUrl = Annotated[
    str | None, typer.Option(help="The controller as devices reach it; for QR codes.")
]


def address_for_devices(given: str | None, api: Client) -> str:
    """The address that a QR code names.

    Raises:
        CommandError: no device reaches it.
    """
    address = given or api.target.url
    if is_loopback(urlsplit(address).hostname or ""):
        raise CommandError(
            f"devices do not reach {address}; name the controller as they do: --enrol-url"
        )
    return address


def show_picture(link: EnrolLink) -> None:
    """On the terminal, by half blocks."""
    typer.echo(link_picture(link))


def write_picture(link: EnrolLink, path: Path) -> None:
    """As a PNG.

    Raises:
        CommandError: it cannot be written.
    """
    import io

    import segno

    drawn = io.BytesIO()
    segno.make_qr(str(link)).save(drawn, kind="png", scale=PIXELS_OF_A_DOT)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, drawn.getvalue())
    except OSError as error:
        raise CommandError(os_error_text(error, path)) from error
