"""Commands on rollouts: a model, settings, streets or an agent's version, in waves."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer
from lamplighter_client import rollout_endpoints
from lamplighter_client.documents import ExcludedDevice, Rollout, RolloutPreview, RolloutTarget
from lamplighter_client.documents.bounds import MAX_FAILURE_CHARS
from lamplighter_client.documents.configuring.configurations import StreetFile
from lamplighter_client.documents.requests import ObjectiveBody
from lamplighter_client.documents.rollouts import (
    RolloutBody,
    RolloutSettings,
    TolerancesBody,
    Verb,
)
from lamplighter_client.printable import one_line
from lamplighter_wire.policy.device_settings import given
from msgspec import UNSET

from lamplighter_cli.commands.fleet.overrides import seconds_of
from lamplighter_cli.commands.fleet.settings import read_settings
from lamplighter_cli.commands.fleet.street import read_street
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, finite, group
from lamplighter_cli.output import Column, show_json, show_rows, table

rollout_app = group(
    "Rollouts: a model, settings, streets or an agent, brought to a group in waves."
)

Name = Annotated[str, typer.Argument(help="Name of the rollout.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the rollout.")]
ROLLOUT_COLUMNS = (
    Column[Rollout]("ROLLOUT", lambda one: one.name),
    Column[Rollout]("TARGET", lambda one: one.target),
    Column[Rollout]("GROUP", lambda one: one.group),
    Column[Rollout]("STATE", lambda one: one.state),
    Column[Rollout]("WAVE", lambda one: f"{one.wave} of {one.last_wave}"),
    Column[Rollout]("DEVICES", lambda one: _counts(one)),
    Column[Rollout]("BECAUSE", lambda one: one.reason),
)
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
    canaries: Annotated[int, typer.Option(help="Of each hardware class.")] = 1,
    waves: Annotated[str, typer.Option(help="fixed, percent or exponential.")] = "exponential",
    first: Annotated[
        float, typer.Option(callback=finite, help="Devices, or percent, after the canaries.")
    ] = 5.0,
    factor: Annotated[
        float, typer.Option(callback=finite, help="How exponential waves grow.")
    ] = 2.0,
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
    latency_tolerance: Annotated[
        float, typer.Option(callback=finite, help="Share of p95 latency.")
    ] = 0.2,
    energy_tolerance: Annotated[
        float, typer.Option(callback=finite, help="Share of energy per frame.")
    ] = 0.2,
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
        objective=_objective(latency_ms, power_w),
        canaries_per_class=canaries,
        waves=_kind(waves),
        first=first,
        factor=factor,
        success_share=success_share,
        error_share=error_share,
        on_error="roll_back" if roll_back_on_error else "pause",
        deadline_s=seconds_of(deadline),
        watch_s=seconds_of(watch),
        per_site=per_site,
        at_once=at_once,
        per_link=per_link,
        link_label=link_label,
        tolerances=TolerancesBody(latency=latency_tolerance, energy=energy_tolerance),
    )
    api = client(data, url, token)
    if dry_run:
        _show_preview(api.send(rollout_endpoints.preview_plan(body)), as_json)
        return
    made = api.send(rollout_endpoints.create_rollout(body))
    show_json(made) if as_json else typer.echo(_line(made))


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
    show_json(failed) if as_json else typer.echo(_line(failed))


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
    typer.echo(_line(shown))
    if targets:
        typer.echo(table(targets, TARGET_COLUMNS), nl=False)


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
        show_json(stepped) if as_json else typer.echo(_line(stepped))

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


def _kind(text: str) -> Literal["fixed", "percent", "exponential"]:
    for kind in ("fixed", "percent", "exponential"):
        if text == kind:
            return kind
    raise typer.BadParameter(f"{text!r}: write fixed, percent or exponential", param_hint="--waves")


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


def _objective(latency_ms: float | None, power_w: float | None) -> ObjectiveBody | None:
    if latency_ms is None and power_w is None:
        return None
    return ObjectiveBody(
        latency_p95_ms=UNSET if latency_ms is None else latency_ms,
        power_w=UNSET if power_w is None else power_w,
    )


def _line(rollout: Rollout) -> str:
    because = f": {rollout.reason}" if rollout.reason else ""
    counts = f" ({_counts(rollout)})" if any(rollout.counts.values()) else ""
    where = f"{rollout.target} to group {rollout.group}, wave {rollout.wave}"
    return f"{rollout.name} is {rollout.state}: {where}{counts}{because}"


def _counts(rollout: Rollout) -> str:
    return ", ".join(f"{count} {state}" for state, count in rollout.counts.items() if count)
