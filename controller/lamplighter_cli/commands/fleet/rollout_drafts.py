"""Commands that draft a rollout, and say who would come into it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from lamplighter_client import rollout_endpoints
from lamplighter_client.documents import ExcludedDevice, Rollout, RolloutPreview, RolloutTarget
from lamplighter_client.documents.configuring.configurations import StreetFile
from lamplighter_client.documents.rollouts import RolloutBody, RolloutSettings, TolerancesBody
from lamplighter_wire.policy.device_settings import given

from lamplighter_cli.commands.fleet.limits import objective_of
from lamplighter_cli.commands.fleet.settings import read_change, read_settings
from lamplighter_cli.commands.fleet.street import read_street
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, finite, group
from lamplighter_cli.output import Column, show_json, table
from lamplighter_cli.times import seconds_of

rollout_app = group(
    "Rollouts: a model, settings, streets or an agent, brought to a group in waves."
)

Name = Annotated[str, typer.Argument(help="Name of the rollout.")]
TARGET_COLUMNS = (
    Column[RolloutTarget]("DEVICE", lambda one: one.device),
    Column[RolloutTarget]("SITE", lambda one: one.site),
    Column[RolloutTarget]("HARDWARE", lambda one: one.hardware),
    Column[RolloutTarget]("REGIME", lambda one: one.regime),
    Column[RolloutTarget]("WAVE", lambda one: one.wave),
    Column[RolloutTarget]("STATE", lambda one: one.state),
    Column[RolloutTarget]("BEFORE", lambda one: one.before),
    Column[RolloutTarget]("BECAUSE", lambda one: one.reason),
)
SKIPPED_COLUMNS = (
    Column[ExcludedDevice]("LEFT OUT", lambda one: one.device),
    Column[ExcludedDevice]("BECAUSE", lambda one: "; ".join(one.reasons)),
)


class WaveKind(StrEnum):
    """How waves grow after the canaries."""

    FIXED = "fixed"
    PERCENT = "percent"
    EXPONENTIAL = "exponential"


class WaveOrder(StrEnum):
    """Sites in turn, one site after the other, or by the value of a label."""

    TURNS = "turns"
    SITES = "sites"
    LABEL = "label"


@rollout_app.command("create")
def rollout_create(
    name: Name,
    to: Annotated[str, typer.Option("--group", help="Whom it is for.")],
    target: Annotated[str, typer.Argument(help="A variant, a model, or MODEL@VERSION.")] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option("--settings", help="NAME=VALUE instead of a model; may be given again."),
    ] = None,
    streets: Annotated[
        Path | None,
        typer.Option(
            "--streets",
            exists=True,
            file_okay=False,
            help="Folder with DEVICE.geojson for each device, instead.",
        ),
    ] = None,
    agent_version: Annotated[
        str, typer.Option("--agent-version", help="Version of the agent, instead.")
    ] = "",
    latency_ms: Annotated[
        float | None, typer.Option(callback=finite, help="Limit on p95 latency with it.")
    ] = None,
    power_w: Annotated[
        float | None, typer.Option(callback=finite, help="Power budget with it.")
    ] = None,
    memory_mb: Annotated[
        float | None, typer.Option(callback=finite, help="Limit on peak memory with it.")
    ] = None,
    canaries: Annotated[int, typer.Option(help="Of each hardware class.")] = 1,
    waves: Annotated[WaveKind, typer.Option(help="How they grow.")] = WaveKind.EXPONENTIAL,
    first: Annotated[
        float, typer.Option(callback=finite, help="Devices, or percent, after the canaries.")
    ] = 5.0,
    factor: Annotated[
        float, typer.Option(callback=finite, help="How exponential waves grow.")
    ] = 2.0,
    order: Annotated[
        WaveOrder, typer.Option(help="Who comes sooner behind the canaries.")
    ] = WaveOrder.TURNS,
    order_label: Annotated[
        str, typer.Option(help="Label by whose value devices come with --order label.")
    ] = "order",
    success_share: Annotated[
        float, typer.Option(callback=finite, help="Of a wave, for the next to begin.")
    ] = 0.9,
    error_share: Annotated[
        float, typer.Option(callback=finite, help="Of all begun; more stop it.")
    ] = 0.05,
    roll_back_on_error: Annotated[
        bool, typer.Option("--roll-back-on-error", help="Then roll back, instead of pausing.")
    ] = False,
    deadline: Annotated[str, typer.Option(help="Who is silent so long has failed.")] = "1h",
    watch: Annotated[str, typer.Option(help="How long each device is watched.")] = "5m",
    per_site: Annotated[int, typer.Option(help="Most in flight at a site; 0: any.")] = 5,
    at_once: Annotated[int, typer.Option(help="Most in flight in all; 0: any.")] = 50,
    per_link: Annotated[
        int, typer.Option(help="Most in flight of those that share a link; 0: any.")
    ] = 0,
    link_label: Annotated[str, typer.Option(help="Label whose value names the link.")] = "link",
    most_failures: Annotated[
        int, typer.Option(help="Who failed so often in rollouts lately is left out.")
    ] = 3,
    penalty: Annotated[str, typer.Option(help="How long failures are remembered.")] = "1d",
    tolerances: Annotated[
        list[str] | None,
        typer.Option(
            "--tolerance",
            help="NAME=VALUE: how much worse a canary may be in one of its figures, of"
            f" {', '.join(TolerancesBody.__struct_fields__)}; may be given again.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show who would come into it; draft nothing.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Draft a rollout; it does nothing yet."""
    body = RolloutBody(
        name=name,
        target=target,
        group=to,
        settings=_settings(settings),
        streets=_streets(streets),
        agent_version=agent_version,
        objective=objective_of(latency_ms, power_w, memory_mb),
        canaries_per_class=canaries,
        waves=waves.value,
        first=first,
        factor=factor,
        order=order.value,
        order_label=order_label,
        success_share=success_share,
        error_share=error_share,
        on_error="roll_back" if roll_back_on_error else "pause",
        deadline_s=seconds_of(deadline),
        watch_s=seconds_of(watch),
        per_site=per_site,
        at_once=at_once,
        per_link=per_link,
        link_label=link_label,
        most_failures=most_failures,
        penalty_s=seconds_of(penalty),
        tolerances=_tolerances(tolerances),
    )
    api = client(data, url, token)
    if dry_run:
        _show_preview(api.send(rollout_endpoints.preview_plan(body)), as_json)
        return
    made = api.send(rollout_endpoints.create_rollout(body))
    show_json(made) if as_json else typer.echo(line_of(made))


@rollout_app.command("preview")
def rollout_preview(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Who would come into it if it began now, in which wave, and who would not and why."""
    _show_preview(client(data, url, token).send(rollout_endpoints.preview_rollout(name)), as_json)


def _show_preview(preview: RolloutPreview, as_json: bool) -> None:
    if as_json:
        show_json(preview)
        return
    sizes = ", ".join(map(str, preview.waves[1:])) or "none"
    typer.echo(f"{sum(preview.waves)} devices; waves behind the canaries: {sizes}")
    typer.echo(table(preview.canaries, TARGET_COLUMNS), nl=False)
    if preview.skipped:
        typer.echo(table(preview.skipped, SKIPPED_COLUMNS), nl=False)


def _settings(changes: list[str] | None) -> RolloutSettings | None:
    if not changes:
        return None
    return RolloutSettings(**given(read_settings(changes)))


def _streets(folder: Path | None) -> dict[str, StreetFile] | None:
    if folder is None:
        return None
    files = sorted(folder.glob("*.geojson"))
    if not files:
        raise CommandError(f"{folder} has no file DEVICE.geojson; write one for each device")
    return {file.stem: read_street(file) for file in files}


def _tolerances(changes: list[str] | None) -> TolerancesBody:
    values = dict(map(read_change, changes or ()))
    names = ", ".join(TolerancesBody.__struct_fields__)
    try:
        return msgspec.convert(values, TolerancesBody, strict=False)
    except msgspec.ValidationError as error:
        raise CommandError(f"--tolerance: {error}; names: {names}") from error


def line_of(rollout: Rollout) -> str:
    """Where a rollout stands."""
    because = f": {rollout.reason}" if rollout.reason else ""
    counts = f" ({counts_of(rollout)})" if any(rollout.counts.values()) else ""
    where = f"{rollout.target} to group {rollout.group}, wave {rollout.wave}"
    return f"{rollout.name} is {rollout.state}: {where}{counts}{because}"


def counts_of(rollout: Rollout) -> str:
    """Devices by state."""
    return ", ".join(f"{count} {state}" for state, count in rollout.counts.items() if count)
