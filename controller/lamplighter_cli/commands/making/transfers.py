"""Commands on what travels to devices."""

from typing import Annotated

import typer
from lamplighter_client.documents.making.transfers import TransferEntry
from lamplighter_client.endpoints import variants as variants_endpoint
from lamplighter_client.making import endpoints
from lamplighter_client.making.transfer_words import phase_text, sums_text

from lamplighter_cli.columns import named_variant_columns
from lamplighter_cli.commands.fleet.overrides import For, Reason
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show, show_rows
from lamplighter_cli.times import seconds_of

transfer_app = group("What travels to devices, and what did not have to.")
TRANSFER_COLUMNS = (
    Column[TransferEntry]("DEVICE", lambda one: one.device),
    Column[TransferEntry]("REVISION", lambda one: one.revision),
    Column[TransferEntry]("VARIANT", lambda one: one.variant),
    Column[TransferEntry]("STATE", phase_text),
    Column[TransferEntry]("WHOLE BYTES", lambda one: one.size_bytes or None),
    Column[TransferEntry]("RECEIVED", lambda one: one.received_bytes),
    Column[TransferEntry]("MISSING", lambda one: f"{one.chunks_missing}/{one.chunks_total}"),
)


@transfer_app.command("list")
def transfer_list(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """The newest orders and what they cost on the wire, the newest first."""
    api = client(data, url, token)
    found = api.send(endpoints.transfers(limit))
    variants = [] if as_json else api.send(variants_endpoint())
    worth: list[Column[TransferEntry]] = named_variant_columns(variants, lambda one: one.variant)
    show_rows(found, [*TRANSFER_COLUMNS[:3], *worth, *TRANSFER_COLUMNS[3:]], as_json)


@transfer_app.command("sums")
def transfer_sums(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """What the newest orders took, and what sharing, deltas and broadcast have saved."""
    sums = client(data, url, token).send(endpoints.transfer_sums())
    show(sums, "\n".join(sums_text(sums)), as_json)


@transfer_app.command("call-off")
def transfer_call_off(
    device: DeviceArgument,
    reason: Reason,
    life: For = "1d",
    revision: Annotated[
        int, typer.Option(min=0, help="Only this one, of transfer list; 0: whichever.")
    ] = 0,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Take back what is under way to a device; it serves on, and is kept from that for a while."""
    seconds = seconds_of(life)
    kept = client(data, url, token).send(endpoints.call_off(device, reason, seconds, revision))
    show(kept, f"{device}: {kept.target} is called off, and not given to it for {life}", as_json)
