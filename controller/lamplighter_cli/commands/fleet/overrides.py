"""Commands on what operators set for devices by hand."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.documents import Override, RolledBack
from lamplighter_client.documents.requests import OverrideBody, RollBackBody

from lamplighter_cli.columns import named_variant_columns
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show_json, show_rows
from lamplighter_cli.times import seconds_of

override_app = group("Hold, pin, release and roll back devices by hand.")

OfDevice = Annotated[str, typer.Option("--device", help="This device.")]
OfGroup = Annotated[str, typer.Option("--group", help="Or all that are in this group.")]
For = Annotated[str, typer.Option("--for", help="How long: 90s, 30min, 2h or 7d.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; shown wherever it counts.")]
Target = Annotated[str, typer.Argument(help="A variant, a model, or MODEL@VERSION.")]
Kind = Literal["hold", "pin", "avoid"]


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


OVERRIDE_COLUMNS = (
    Column[Override]("NUMBER", lambda one: one.id),
    Column[Override]("WHAT", lambda one: f"{one.kind} {one.target}".strip()),
    Column[Override]("OF", lambda one: one.scope),
    Column[Override]("UNTIL (UTC)", lambda one: _time(one.ended_at or one.until)),
    Column[Override]("BY", lambda one: one.by),
    Column[Override]("WHY", lambda one: one.reason),
    Column[Override]("ENDED BY", lambda one: one.ended_by),
)
ROLLED_BACK_COLUMNS = (
    Column[RolledBack]("DEVICE", lambda one: one.device),
    Column[RolledBack]("BACK TO", lambda one: one.variant),
    Column[RolledBack]("DOWNLOAD", lambda one: None if not one.variant else not one.is_held),
    Column[RolledBack]("OVERRIDE", lambda one: one.override or None),
    Column[RolledBack]("NOT BECAUSE", lambda one: one.why_not),
)


@override_app.command("hold")
def override_hold(
    reason: Reason,
    life: For,
    device: OfDevice = "",
    of_group: OfGroup = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Tell devices nothing new for a while, not even a mend; they step on their ladder still."""
    _set("hold", "", (device, of_group), life, reason, as_json, (data, url, token))


@override_app.command("pin")
def override_pin(
    target: Target,
    reason: Reason,
    life: For,
    device: OfDevice = "",
    of_group: OfGroup = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let devices serve this variant, or variants of this model, and nothing else for a while."""
    _set("pin", target, (device, of_group), life, reason, as_json, (data, url, token))


@override_app.command("avoid")
def override_avoid(
    target: Target,
    reason: Reason,
    life: For,
    device: OfDevice = "",
    of_group: OfGroup = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Keep devices from this variant, or all of this model, for a while."""
    _set("avoid", target, (device, of_group), life, reason, as_json, (data, url, token))


@override_app.command("roll-back")
def override_roll_back(
    reason: Reason,
    life: For = "1d",
    device: OfDevice = "",
    of_group: OfGroup = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Each device back to what it served well before, and pinned there for a while."""
    body = RollBackBody(device=device, group=of_group, reason=reason, life_s=seconds_of(life))
    rolled = client(data, url, token).send(group_endpoints.roll_back(body))
    show_rows(rolled, ROLLED_BACK_COLUMNS, as_json)


@override_app.command("release")
def override_release(
    number: Annotated[int, typer.Argument(help="Number of the hold or pin.")],
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a hold or pin before its time; its devices are decided for anew."""
    ended = client(data, url, token).send(group_endpoints.end_override(number))
    show_json(ended) if as_json else typer.echo(f"{ended.scope} is released from {ended.kind}")


@override_app.command("list")
def override_list(
    ended: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What is set by hand, by whom, until when and why."""
    api = client(data, url, token)
    listed = api.send(group_endpoints.overrides(ended=ended))
    variants = [] if as_json else api.send(endpoints.variants())
    worth: list[Column[Override]] = named_variant_columns(variants, lambda one: one.target)
    show_rows(listed, [*OVERRIDE_COLUMNS[:2], *worth, *OVERRIDE_COLUMNS[2:]], as_json)


def _set(
    kind: Kind,
    target: str,
    scope: tuple[str, str],
    life: str,
    reason: str,
    as_json: bool,
    controller: tuple[Data, Url, Token],
) -> None:
    device, of_group = scope
    body = OverrideBody(
        kind=kind,
        target=target,
        device=device,
        group=of_group,
        reason=reason,
        life_s=seconds_of(life),
    )
    made = client(*controller).send(group_endpoints.set_override(body))
    if as_json:
        show_json(made)
        return
    what = f"{made.kind} {made.target}".strip()
    typer.echo(f"override {made.id}: {what} of {made.scope} until {_time(made.until)} UTC")
