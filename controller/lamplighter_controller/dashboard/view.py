"""From the API's JSON to the words on the screen. Pure."""

import time
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
NOTHING = "–"

COLUMNS = (
    "device",
    "",
    "regime",
    "serving",
    "size",
    "state",
    "fps",
    "dropped",
    "p95 ms",
    "mJ/frame",
    "W",
)

OUTCOME_STYLE = {
    "committed": "green",
    "rejected": "yellow",
    "failed": "red",
    "rolled_back": "yellow",
}
SEVERITY_STYLE = {"warning": "yellow", "error": "red", "critical": "red"}


def presence(device: Json) -> str:
    """A dot: served by a living device, or gone."""
    if device.get("retired_at"):
        return "[dim]retired[/]"
    return "[green]●[/]" if device.get("online") else "[red]○[/]"


def regime(device: Json) -> str:
    """Regime as the device sees it, for example "night dry free"."""
    telemetry = device.get("telemetry") or {}
    found = telemetry.get("regime") or (device.get("workload") or {}).get("regime")
    if not isinstance(found, dict):
        return str(found or NOTHING).replace("-", " ")
    return " ".join(str(found.get(k, "")) for k in ("light", "weather", "density"))


def serving(device: Json) -> tuple[str, str]:
    """(variant, resolution) that the device serves."""
    point = (device.get("telemetry") or {}).get("serving") or {}
    point = point if point.get("variant") else (device.get("reported") or {}).get("serving") or {}
    if not point.get("variant"):
        return NOTHING, NOTHING
    return str(point["variant"]), f"{point.get('width')}x{point.get('height')}"


def state(device: Json) -> str:
    """Phase of the deployment, coloured by its outcome."""
    reported = device.get("reported") or {}
    phase = str(reported.get("phase") or NOTHING)
    transfer = reported.get("transfer") or {}
    total = transfer.get("chunks_total") or 0
    if phase == "FETCHING" and total:
        return f"[cyan]FETCHING {100 * (1 - transfer.get('chunks_missing', 0) / total):.0f} %[/]"
    style = OUTCOME_STYLE.get(str(reported.get("outcome")), "cyan")
    reason = reported.get("reason")
    text = f"{phase} {reason}" if reason else phase
    return f"[{style}]{text}[/]"


def row(device: Json) -> tuple[str, ...]:
    """One line of the fleet table, in the order of COLUMNS."""
    telemetry = device.get("telemetry") or {}
    variant, size = serving(device)
    return (
        str(device.get("id", "")),
        presence(device),
        regime(device),
        variant,
        size,
        state(device),
        pair(telemetry.get("fps_served"), telemetry.get("fps_demand")),
        number(telemetry.get("dropped"), "{:.0f}"),
        number(telemetry.get("latency_p95_ms")),
        energy(telemetry),
        number(telemetry.get("power_w"), "{:.2f}"),
    )


def energy(telemetry: Json) -> str:
    """Energy per frame; an estimate carries a tilde."""
    value = telemetry.get("energy_mj_per_frame")
    if not value:
        return NOTHING
    return f"{'~' if telemetry.get('energy_source') == 'estimate' else ''}{value:.0f}"


def pair(served: float | None, demanded: float | None) -> str:
    """Served of demanded frames per second."""
    if served is None or demanded is None:
        return NOTHING
    return f"{served:.1f}/{demanded:.1f}"


def number(value: float | None, form: str = "{:.1f}") -> str:
    return NOTHING if value is None else form.format(value)


def summary(devices: Iterable[Json]) -> str:
    """One line over the whole fleet."""
    known = list(devices)
    online = sum(bool(d.get("online")) for d in known)
    windows = [d["telemetry"] for d in known if d.get("telemetry")]
    served = sum(w.get("fps_served") or 0 for w in windows)
    watts = sum(w.get("power_w") or 0 for w in windows)
    return (
        f"[b]{online}[/] of {len(known)} online   [b]{served:.1f}[/] frames/s   [b]{watts:.1f}[/] W"
    )


def event_line(event: Json) -> str:
    """One line of the log."""
    at = time.strftime("%H:%M:%S", time.localtime(float(event.get("at") or 0)))
    style = SEVERITY_STYLE.get(str(event.get("severity")), "white")
    device = event.get("device") or "controller"
    text = str(event.get("text") or event.get("kind") or "").replace("[", "\\[")
    return f"[dim]{at}[/] [b]{device}[/] [{style}]{text}[/]"
