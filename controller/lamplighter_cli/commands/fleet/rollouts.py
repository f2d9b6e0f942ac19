"""Commands on rollouts: a model, settings, streets or an agent's version, in waves."""

from collections.abc import Callable, Mapping
from typing import Annotated

import typer
from lamplighter_client import rollout_endpoints
from lamplighter_client.documents import Rollout, RolloutTarget
from lamplighter_client.documents.bounds import MAX_FAILURE_CHARS
from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.documents.rollouts import (
    Verb,
)
from lamplighter_wire.words.printable import one_line

from lamplighter_cli.columns import POINT_COLUMNS
from lamplighter_cli.commands.fleet.rollout_drafts import (
    TARGET_COLUMNS,
    Name,
    counts_of,
    line_of,
    rollout_app,
)
from lamplighter_cli.commands.listing.fleet import rows_of
from lamplighter_cli.options import Data, Json, Token, Url, client
from lamplighter_cli.output import Column, show_json, show_rows, table

# What the commands on rehearsals go on with.
__all__ = ["Name", "rollout_app"]

Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the rollout.")]
ROLLOUT_COLUMNS = (
    Column[Rollout]("ROLLOUT", lambda one: one.name),
    Column[Rollout]("TARGET", lambda one: one.target),
    Column[Rollout]("GROUP", lambda one: one.group),
    Column[Rollout]("STATE", lambda one: one.state),
    Column[Rollout]("WAVE", lambda one: f"{one.wave} of {one.last_wave}"),
    Column[Rollout]("DEVICES", counts_of),
    Column[Rollout]("BECAUSE", lambda one: one.reason),
)


@rollout_app.command("due")
def rollout_due(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Of a rollout of an agent's version: devices to install it on now, one a line."""
    due = client(data, url, token).send(rollout_endpoints.due_devices(name))
    if as_json:
        show_json(due)
        return
    for one in due:
        typer.echo(f"{one.device}\t{one.version}")


@rollout_app.command("fail")
def rollout_fail(
    name: Name,
    device: Annotated[str, typer.Argument(help="One that is due.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the rollout.")],
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Say that what a device is due for could not be installed there; it counts as failed."""
    text = one_line(reason)[:MAX_FAILURE_CHARS]
    failed = client(data, url, token).send(rollout_endpoints.fail_due_device(name, device, text))
    show_json(failed) if as_json else typer.echo(line_of(failed))


@rollout_app.command("list")
def rollout_list(
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """All rollouts and how far they are."""
    listed = client(data, url, token).send(rollout_endpoints.rollouts())
    show_rows(listed, ROLLOUT_COLUMNS, as_json)


@rollout_app.command("show")
def rollout_show(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """How far a rollout is, device by device."""
    api = client(data, url, token)
    shown = api.send(rollout_endpoints.rollout(name))
    targets = api.send(rollout_endpoints.rollout_devices(name))
    if as_json:
        show_json({"rollout": shown, "devices": targets})
        return
    typer.echo(line_of(shown))
    if targets:
        rows = {row.id: row for row in rows_of(api)}
        typer.echo(table(targets, [*TARGET_COLUMNS, *_served_columns(rows)]), nl=False)


def _served_columns(rows: Mapping[str, FleetRow]) -> list[Column[RolloutTarget]]:
    """What each device serves now, and how accurate that is."""

    def of_row(title: str, cell: Callable[[FleetRow], object]) -> Column[RolloutTarget]:
        return Column(title, lambda one: cell(rows.get(one.device, FleetRow())))

    return [
        of_row("SERVES NOW", lambda row: row.variant),
        *(of_row(column.title, column.cell) for column in POINT_COLUMNS),
    ]


def _step_command(verb: Verb, text: str) -> Callable[..., None]:
    """A command that takes one step."""

    def _command(
        name: Name,
        reason: Reason = "",
        as_json: Json = False,
        data: Data = None,
        url: Url = None,
        token: Token = None,
    ) -> None:
        stepped = client(data, url, token).send(rollout_endpoints.step_rollout(name, verb, reason))
        show_json(stepped) if as_json else typer.echo(line_of(stepped))

    _command.__doc__ = text
    return _command


STEPS: dict[Verb, str] = {
    "approve": "Stand for a draft; it may start then.",
    "start": "Fix its devices, and tell the canaries.",
    "pause": "Tell no further device.",
    "resume": "Go on; what it was paused for is forgiven.",
    "retry": "Let those wait again that failed, and not too often.",
    "abort": "Tell no further device for good; those that have the target keep it.",
    "roll-back": "Each device back to what it served before.",
    "end": "Let the planner decide for its devices again.",
}
for _verb, _text in STEPS.items():
    rollout_app.command(_verb)(_step_command(_verb, _text))
