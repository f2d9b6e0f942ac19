"""`lamplighter still`: one picture of a device's camera, to draw lines on."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from lamplighter_client.configuring import endpoints
from lamplighter_client.documents.street.stills import DeviceStill
from lamplighter_client.street.endpoints import take_still
from lamplighter_client.street.sketch import shapes_on, sketch
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.files import write_secret

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client
from lamplighter_cli.output import show

PICTURE, SKETCH = (".jpg", ".jpeg"), ".svg"
LEFT = {
    "edges": "outlines only, without those of the road users that were found",
    "blurred": "too coarse for faces and plates, and coarser where road users were found",
    "full": "the whole picture",
}
"""Of a picture, by what the device's owner permits."""


def still(
    device: DeviceArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            dir_okay=False,
            help="FILE.jpg: the picture; FILE.svg: under a grid, with the lines drawn over it.",
        ),
    ],
    stream: Annotated[
        str, typer.Option(help="Of this camera of the device; default: of its only one.")
    ] = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """One picture of a camera, as far as its owner permits it; the request is in the audit log.

    A device gives stills only where its own settings say `stills`. The controller keeps none.
    """
    if out.suffix.lower() not in (*PICTURE, SKETCH):
        raise CommandError(f"{out}: name a file that ends in .jpg or .svg")
    connected = client(data, url, token)
    street = connected.send(endpoints.street(device)).street
    taken = connected.send(take_still(device, stream))
    is_sketch = out.suffix.lower() == SKETCH
    content = sketch(taken, shapes_on(taken, street)).encode() if is_sketch else taken.jpeg
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_secret(out, content)
    except OSError as error:
        raise CommandError(os_error_text(error, out)) from error
    facts = msgspec.structs.replace(taken, jpeg=b"", preview=b"")
    show(facts, f"{out}: {told(taken)}", as_json)


def told(taken: DeviceStill) -> str:
    """What a still is, in words."""
    left = LEFT.get(taken.privacy, taken.privacy)
    return (
        f"{left}; lines are drawn in pixels of {taken.width}x{taken.height}, write these as width"
        " and height of the street"
    )
