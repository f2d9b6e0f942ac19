"""Commands on a running controller: tokens, devices, plans, models, variants."""

from typing import Annotated, Any

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import field, show

token_app = group("Enrolment tokens.")
device_app = group("Devices.")
model_app = group("Models.")
variant_app = group("Variants.")

DeviceArgument = Annotated[str, typer.Argument(help="Device id.")]

DEVICE_COLUMNS = (
    ("DEVICE", field("id")),
    ("ONLINE", field("online")),
    ("SITE", field("site")),
    ("REVISION", field("revision")),
    ("PHASE", field("reported", "phase")),
    ("SERVING", field("reported", "serving", "variant")),
    ("P95 MS", field("telemetry", "latency_p95_ms")),
    ("FPS", field("telemetry", "fps_served")),
    ("MJ/FRAME", field("telemetry", "energy_mj_per_frame")),
    ("ATTENTION", lambda row: "; ".join(notice["text"] for notice in row["attention"])),
)
MODEL_COLUMNS = (
    ("MODEL", field("id")),
    ("RECIPES", field("recipes")),
    ("VARIANTS", lambda row: len(row["variants"])),
)
VARIANT_COLUMNS = (
    ("VARIANT", field("id")),
    ("RECIPE", field("recipe")),
    ("PRECISION", field("precision")),
    ("BUILT", field("built")),
    ("BYTES", field("size_bytes")),
    ("AP50 DAY 384x288", field("expected_ap50", "384x288", "day-dry-free")),
)
PLAN_COLUMNS = (
    ("VARIANT", field("variant")),
    ("SIZE", field("size")),
    ("P95 MS", field("predicted", "latency_p95_ms")),
    ("MJ/FRAME", field("predicted", "energy_mj_per_frame")),
    ("AP50", field("predicted", "expected_ap50")),
    ("NOT CHOSEN BECAUSE", field("rejected_because")),
)


@token_app.command("create")
def token_create(
    device: DeviceArgument,
    hours: Annotated[float, typer.Option(help="How long the token holds.")] = 1.0,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make a one-time token with which a device enrols; it is shown only now."""
    body = {"device": device, "life_s": hours * 3600.0}
    answer = client(data, url, token).post("/tokens", body)
    if as_json:
        show(answer, True)
    else:
        typer.echo(answer["token"])


@device_app.command("list")
def device_list(
    retired: Annotated[bool, typer.Option("--retired", help="Retired devices too.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """All devices with what they serve."""
    found = client(data, url, token).get("/devices", retired=retired)
    show(found, as_json, DEVICE_COLUMNS)


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
    facts = api.get(f"/devices/{device}")
    plans = api.get(f"/devices/{device}/plans", limit=1)
    deployments = api.get(f"/devices/{device}/deployments", limit=5)
    if as_json:
        show(facts | {"plans": plans, "deployments": deployments}, True)
        return
    for line in _device_lines(facts, plans, deployments):
        typer.echo(line)


@device_app.command("label")
def device_label(
    device: DeviceArgument,
    labels: Annotated[list[str] | None, typer.Argument(help="KEY=VALUE, replacing all.")] = None,
    site: Annotated[str | None, typer.Option(help="Where the device stands.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Limit on p95 latency; 0: none.")] = None,
    power_w: Annotated[float | None, typer.Option(help="Power budget; 0: none.")] = None,
    memory_mb: Annotated[float | None, typer.Option(help="Memory limit; 0: none.")] = None,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Set labels, site or limits; new limits lead to a new plan."""
    body: dict[str, Any] = {}
    if labels:
        body["labels"] = dict(_pair(text) for text in labels)
    if site is not None:
        body["site"] = site
    objective = {
        "latency_p95_ms": latency_ms,
        "power_w": power_w,
        "memory_bytes": None if memory_mb is None else memory_mb * 1e6,
    }
    given = {k: v for k, v in objective.items() if v is not None}
    if given:
        body["objective"] = given
    answer = client(data, url, token).post(f"/devices/{device}/label", body)
    if as_json:
        show(answer, True)
    else:
        typer.echo(f"{device} is at version {answer['version']}")


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
    command = api.post(f"/devices/{device}/probe")
    if as_json:
        show(command, True)
        return
    online = api.get(f"/devices/{device}")["online"]
    life_s = command["expires_at"] - command["at"]
    waits = "" if online else f" if it is back within {life_s:.0f} s"
    typer.echo(f"{device} measures itself again{waits}")


@device_app.command("retire")
def device_retire(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Neither hear the device nor tell it anything from now on; its history stays."""
    answer = client(data, url, token).post(f"/devices/{device}/retire")
    if as_json:
        show(answer, True)
    else:
        typer.echo(f"{device} is retired")


@model_app.command("list")
def model_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Models with their recipes."""
    show(client(data, url, token).get("/models"), as_json, MODEL_COLUMNS)


@model_app.command("show")
def model_show(
    model: Annotated[str, typer.Argument(help="Model id.")],
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """The variants of one model, built or possible."""
    found = [v for v in client(data, url, token).get("/variants") if v["model"] == model]
    if not found:
        raise CommandError(f"no model {model!r}; see: lamplighter model list")
    show(found, as_json, VARIANT_COLUMNS)


@variant_app.command("list")
def variant_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Everything that is built or could be."""
    show(client(data, url, token).get("/variants"), as_json, VARIANT_COLUMNS)


def plan(
    device: DeviceArgument,
    apply: Annotated[bool, typer.Option("--apply", help="Act on it.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What the device should serve now, why, and what was turned down."""
    body = {"dry_run": not apply}
    answer = client(data, url, token).post(f"/devices/{device}/plan", body)
    if as_json:
        show(answer, True)
        return
    primary = answer["primary"]
    point = primary["point"] if primary else {}
    head = f"{primary['variant']} at {point['width']}x{point['height']}" if primary else "nothing"
    typer.echo(f"{device} in {answer['regime']}: {head}")
    for reason in answer["reasons"]:
        typer.echo(f"  - {reason}")
    show(answer["alternatives"], False, PLAN_COLUMNS)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise CommandError(f"{text!r} is no KEY=VALUE")
    return key, value


def _device_lines(facts: Any, plans: Any, deployments: Any) -> list[str]:
    capabilities = facts["capabilities"] or {}
    cpu = capabilities.get("cpu_model") or capabilities.get("machine") or "not known"
    serving = (facts["reported"] or {}).get("serving") or {}
    lines = [
        f"{facts['id']}: {'online' if facts['online'] else 'offline'}, version {facts['version']}",
        f"hardware   {cpu}, {capabilities.get('cores', '?')} cores",
        f"serving    {serving.get('variant') or 'nothing yet'}",
    ]
    if plans:
        lines.append(f"plan       {plans[0]['variant']} ({plans[0]['cause']})")
        lines += [f"  - {reason}" for reason in plans[0]["document"].get("reasons", [])]
    for entry in deployments:
        outcome = entry["outcome"] or "under way"
        hint = (entry["reported"] or {}).get("hint") or ""
        text = f"revision {entry['revision']:<3} {entry['variant']}: {outcome} {entry['reason']}"
        lines.append(f"{text.rstrip()} {hint}".rstrip())
    return lines
