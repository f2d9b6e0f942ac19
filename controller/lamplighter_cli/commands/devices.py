"""Commands on devices: list, show, label, probe, retire, and the plan of one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from lamplighter_client import endpoints
from lamplighter_client.documents import (
    Choice,
    Deployment,
    Device,
    PlanAnswer,
    PlanEntry,
    PolicyThreshold,
    Stream,
)
from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.making.plan_words import held_text, what_follows
from lamplighter_client.wording import camera_text, served_variant, size_text
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.policy.choices import value_text
from lamplighter_wire.words.accuracy import accuracy_words, predicted_accuracy
from lamplighter_wire.words.causes import cause_words
from lamplighter_wire.words.outcomes import because, outcome_word

from lamplighter_cli.columns import ALTERNATIVE_COLUMNS, device_columns, notice_text
from lamplighter_cli.commands.fleet.limits import objective_of
from lamplighter_cli.commands.listing.fleet import rows_of
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, finite, group
from lamplighter_cli.output import show, show_json, show_rows, table

device_app = group("Devices.")

SHOWN_DEPLOYMENTS = 5
# Among which those of these deployments are, with what was planned between.
SHOWN_PLANS = 30
OF_CAMERA = "camera"


@device_app.command("list")
def device_list(
    filter_text: Annotated[
        str,
        typer.Option("--filter", help="Which of them, such as group=gate,state=online,seen<5m."),
    ] = "",
    sort: Annotated[
        str,
        typer.Option(help="id, site, seen, serving or enrolled; - before it: downwards."),
    ] = "id",
    retired: Annotated[bool, typer.Option("--retired", help="Retired devices too.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """All devices with what they serve, or those that a filter leaves."""
    request = endpoints.devices(filter_text, sort=sort, retired=retired)
    api = client(data, url, token)
    devices = api.send(request)
    rows = {} if as_json else {row.id: row for row in rows_of(api)}
    show_rows(devices, device_columns(rows), as_json)


@device_app.command("show")
def device_show(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """One device: what it is, what it serves and why, what became of its deployments."""
    api = client(data, url, token)
    shown = api.send(endpoints.device(device))
    plans = api.send(endpoints.plans(device, limit=SHOWN_PLANS))
    deployments = api.send(endpoints.deployments(device, limit=SHOWN_DEPLOYMENTS))
    if as_json:
        history = {"plans": plans[:1], "deployments": deployments}
        show_json(msgspec.structs.asdict(shown) | history)
        return
    policy = api.send(endpoints.policy(f"device:{device}"))
    row = next(rows_of(api, f'id="{device}"'), FleetRow())
    for line in _device_lines(shown, row, plans, deployments, policy):
        typer.echo(line)


@device_app.command("label")
def device_label(
    device: DeviceArgument,
    labels: Annotated[list[str] | None, typer.Argument(help="KEY=VALUE, replacing all.")] = None,
    site: Annotated[str | None, typer.Option(help="Where the device stands.")] = None,
    latency_ms: Annotated[
        float | None, typer.Option(callback=finite, help="Limit on p95 latency; 0: none.")
    ] = None,
    power_w: Annotated[
        float | None, typer.Option(callback=finite, help="Power budget; 0: none.")
    ] = None,
    memory_mb: Annotated[
        float | None, typer.Option(callback=finite, help="Memory limit; 0: none.")
    ] = None,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Set labels, site or limits; new limits lead to a new plan."""
    request = endpoints.label(
        device,
        labels=dict(map(_pair, labels)) if labels else None,
        site=site,
        objective=objective_of(latency_ms, power_w, memory_mb),
    )
    labelled = client(data, url, token).send(request)
    show(labelled, f"{device} is at version {labelled.version}", as_json)


@device_app.command("probe")
def device_probe(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let the device measure itself again, as after a change of its hardware; then plan anew."""
    api = client(data, url, token)
    command = api.send(endpoints.probe(device))
    if as_json:
        show_json(command)
        return
    online = api.send(endpoints.device(device)).online
    life_s = command.expires_at - command.at
    waits = "" if online else f" if it is back within {life_s:.0f} s"
    typer.echo(f"{device} measures itself again{waits}")


@device_app.command("renew")
def device_renew(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let the device make a new key and get a certificate for it, as it does before one ends."""
    command = client(data, url, token).send(endpoints.renew(device))
    show(command, f"{device} is told to; an event says when it is done", as_json)


def plan(
    device: DeviceArgument,
    apply: Annotated[bool, typer.Option("--apply", help="Act on it.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What the device should serve now, why, and what was turned down."""
    answer = client(data, url, token).send(endpoints.make_plan(device, dry_run=not apply))
    if as_json:
        show_json(answer)
        return
    for line in _plan_lines(device, answer):
        typer.echo(line)
    typer.echo(table(answer.alternatives, ALTERNATIVE_COLUMNS), nl=False)


def _plan_lines(device: str, answer: PlanAnswer) -> Iterator[str]:
    choice = answer.primary
    yield f"{device} in {answer.regime}: {_choice(choice) or 'nothing'}"
    yield from _reason_lines(answer.reasons)
    yield f"so: {what_follows(answer, _utc)}"


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise CommandError(f"{text!r} is no KEY=VALUE; write a label as in street=main")
    return key, value


def _device_lines(
    device: Device,
    row: FleetRow,
    plans: Sequence[PlanEntry],
    deployments: Sequence[Deployment],
    policy: Sequence[PolicyThreshold],
) -> Iterator[str]:
    yield f"{device.id}: {'online' if device.online else 'offline'}, version {device.version}"
    yield f"hardware   {_hardware(device)}"
    yield from _camera_lines(device)
    yield f"serving    {_serving(device, row, plans)}"
    if device.telemetry is not None and device.telemetry.metrics:
        yield f"measures   {_metrics(device.telemetry.metrics)}"
    yield from map(_stream_line, device.streams)
    if device.intended is not None:
        point = device.intended.point
        why = held_text(device.intended, _utc)
        yield f"intended   {point.variant} at {size_text(point)}: {why}"
    yield from _bound_lines(device, policy)
    for notice in device.attention:
        yield f"attention  {notice.kind}: {notice_text(notice)}"
    for override in device.overrides:
        if override.scope.startswith("policy:"):  # it stands among what is set by policy
            continue
        what = f"{override.kind} {override.target}".strip()
        yield f"override   {override.id}: {what} of {override.scope}: {override.reason}"
    for entry in plans[:1]:
        yield f"plan       {_choice(entry.document.primary) or entry.variant}"
        yield f"  since {cause_words(entry.cause)}"
        yield from _reason_lines(entry.document.reasons)
    chosen = {entry.id: entry.document.primary for entry in plans}
    yield from (_deployment_line(one, chosen.get(one.plan)) for one in deployments)


def _bound_lines(device: Device, policy: Sequence[PolicyThreshold]) -> Iterator[str]:
    """What is set for it, by whom: its own limits count before those of its policy."""
    for name, value in device.objective.items():
        yield f"limit      {_limit(name, value)} (set for this device)"
    for threshold in policy:
        is_set = threshold.source not in ("default", "settings")
        if is_set and threshold.name not in device.objective:
            said = threshold.text or value_text(threshold.name, threshold.value)
            yield f"policy     {threshold.name} = {said} ({threshold.source})"


def _limit(name: str, value: float) -> str:
    said = {
        "latency_p95_ms": f"p95 {value:g} ms",
        "power_w": f"power {value:g} W",
        "memory_bytes": f"memory {value / 1e6:g} MB",
    }
    return said.get(name, f"{name} = {value:g}")


def _stream_line(stream: Stream) -> str:
    window = stream.telemetry
    if window is None:
        return f"stream     {stream.stream}: nothing heard yet"
    rates = f"{window.fps_served:.1f}/{window.fps_demand:.1f} fps"
    rates += f", {window.rested} frames rested" if window.rested else ""
    times = f"p95 {window.latency_p95_ms:.1f} ms, {window.response_p95_ms:.1f} ms with waiting"
    return f"stream     {stream.stream}: {window.regime}, {rates}, {times}, {window.source_state}"


def _camera_lines(device: Device) -> Iterator[str]:
    """What was measured of its cameras; nothing before it was."""
    cameras = device.capabilities.cameras if device.capabilities else {}
    for stream, camera in sorted(cameras.items()):
        yield (
            f"camera     {stream}: {camera_text(camera)}"
            if stream
            else (f"camera     {camera_text(camera)}")
        )


def _hardware(device: Device) -> str:
    facts = device.capabilities
    if facts is None:
        return "not known, ? cores"
    return f"{facts.cpu_model or facts.machine or 'not known'}, {facts.cores} cores"


def _metrics(metrics: Mapping[str, float]) -> str:
    named = [(name, value) for name, value in sorted(metrics.items()) if name.isprintable()]
    return ", ".join(f"{name} {value:.3g}" for name, value in named)


def _reason_lines(reasons: Sequence[str]) -> Iterator[str]:
    yield from (f"  - {reason}" for reason in reasons)


def _serving(device: Device, row: FleetRow, plans: Sequence[PlanEntry]) -> str:
    variant = served_variant(device) or row.variant
    if not variant or not device.reported:
        return variant or "nothing yet"
    point = device.reported.serving
    size = f" at {size_text(point)}" if point.width else ""
    low, high = row.ap50_low, row.ap50_high
    said = accuracy_words(row.expected_ap50, row.ap50_basis, row.measured_on, low, high)
    if (row.variant, row.width) != (variant, point.width):  # no window of it has come yet
        said = ""
    if not said.count(OF_CAMERA):  # the plan that chose it may have known more
        said = _planned_accuracy(point, plans) or said
    return f"{variant}{size}" + (f": {said}" if said else "")


def _planned_accuracy(point: OperatingPoint, plans: Sequence[PlanEntry]) -> str:
    """By the newest plan that chose a point; empty: none of these did."""
    choices = (entry.document.primary for entry in plans)
    wanted = point.variant, point.width
    of_it = (c.predicted for c in choices if c and (c.variant, c.point.width) == wanted)
    return predicted_accuracy(next(of_it, None))


def _choice(choice: Choice | None) -> str:
    """A point with its accuracy; empty: none was chosen."""
    if choice is None or not choice.point.width:
        return ""
    said = predicted_accuracy(choice.predicted)
    named = f"{choice.point.variant} at {size_text(choice.point)}"
    return f"{named}: {said}" if said else named


def _deployment_line(deployment: Deployment, choice: Choice | None) -> str:
    outcome = outcome_word(deployment.outcome) + because(deployment.reason)
    hint = f". {deployment.reported.hint}" if deployment.reported and deployment.reason else ""
    size = f" at {size_text(choice.point)}" if choice and choice.point.width else ""
    said = predicted_accuracy(choice.predicted, in_short=True) if choice else ""
    named = f"{deployment.variant}{size}" + (f" ({said})" if said else "")
    return f"revision {deployment.revision:<3} {named}: {outcome}{hint}"
