"""From the API's JSON to the words on the fleet screen. Pure."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rich.markup import escape

from lamplighter_controller.dashboard.wording import said, speaker

Json = dict[str, Any]
NOTHING = "[dim]–[/]"

SEVERITY_STYLE = {"warning": "yellow", "error": "bold red", "critical": "bold red"}
OUTCOME_STYLE = {
    "committed": "green",
    "rejected": "yellow",
    "failed": "bold red",
    "rolled_back": "yellow",
}
# Phases of the deployment machine in an operator's words.
PHASES = {
    "IDLE": "idle",
    "FETCHING": "fetching",
    "VERIFYING": "verifying",
    "STAGED": "on trial",
    "PROBATION": "probation",
    "COMMITTED": "committed",
    "ROLLING_BACK": "rolling back",
    "FAILED": "failed",
    "REJECTED": "refused",
}
MOST_NOTICES = 5


def notices(device: Json) -> list[Json]:
    """What is wrong with a device, worst first."""
    return list(device.get("attention") or [])


def _kinds(device: Json) -> set[str]:
    return {str(notice.get("kind")) for notice in notices(device)}


def rank(device: Json) -> tuple[int, str]:
    """Sorts devices with errors first, then those with warnings, then by name."""
    severities = {str(notice.get("severity")) for notice in notices(device)}
    trouble = 0 if "error" in severities else 1 if severities else 2
    return trouble, str(device.get("id", ""))


def health(device: Json) -> str:
    """One sign: all is well, look at it, or broken."""
    if device.get("retired_at"):
        return "[dim]·[/]"
    sign = ("▲" if notices(device) else "●") if device.get("online") else "○"
    return f"[{('bold red', 'yellow', 'green')[rank(device)[0]]}]{sign}[/]"


def regime(device: Json) -> str:
    """Regime as the device sees it, for example "night dry free"."""
    found = (device.get("workload") or {}).get("regime")
    if not isinstance(found, dict):
        return NOTHING
    return " ".join(str(found.get(k, "")) for k in ("light", "weather", "density"))


def point(device: Json) -> Json:
    """The operating point that the device serves; empty when it serves nothing."""
    for source in ("telemetry", "reported"):
        found = (device.get(source) or {}).get("serving") or {}
        if found.get("variant"):
            return dict(found)
    return {}


def serving(device: Json) -> str:
    """The variant that the device serves."""
    return escape(str(point(device).get("variant") or "")) or NOTHING


def size(device: Json) -> str:
    """The input resolution that the device serves."""
    found = point(device)
    return f"{found.get('width')}x{found.get('height')}" if found else NOTHING


def state(device: Json) -> str:
    """Phase of the newest deployment, coloured by its outcome."""
    reported = device.get("reported") or {}
    phase = str(reported.get("phase") or "")
    if not phase:
        return "[dim]waiting[/]"
    word = PHASES.get(phase, phase)
    transfer = reported.get("transfer") or {}
    total = transfer.get("chunks_total") or 0
    if phase == "FETCHING" and total:
        return f"[cyan]{word} {100 * (1 - transfer.get('chunks_missing', 0) / total):.0f} %[/]"
    style = OUTCOME_STYLE.get(str(reported.get("outcome")), "cyan")
    reason = escape(str(reported.get("reason") or ""))
    return f"[{style}]{word}{' ' + reason if reason else ''}[/]"


def rate(device: Json) -> str:
    """Frames per second served of those demanded."""
    window = _measured(device)
    if not window:
        return NOTHING
    text = f"{window.get('fps_served') or 0:.1f}/{window.get('fps_demand') or 0:.1f}"
    return _flag(text, "dropped" in _kinds(device), "yellow")


def latency(device: Json) -> str:
    """95th percentile in ms, red when it breaks a limit."""
    window = _measured(device)
    return _flag(_number(window, "latency_p95_ms"), "breach_latency" in _kinds(device))


def energy(device: Json) -> str:
    """Energy per frame; an estimate carries a tilde."""
    window = _measured(device)
    if not window.get("energy_mj_per_frame"):
        return NOTHING
    sign = "~" if window.get("energy_source") == "estimate" else ""
    return f"{sign}{window['energy_mj_per_frame']:.0f}"


def power(device: Json) -> str:
    """Average power in W, red when it breaks the budget."""
    window = _measured(device)
    return _flag(_number(window, "power_w", "{:.2f}"), "breach_power" in _kinds(device))


def _measured(device: Json) -> Json:
    """The newest window, unless the device is gone: old figures read as if they held."""
    return dict(device.get("telemetry") or {}) if device.get("online") else {}


def _number(window: Json, field: str, form: str = "{:.1f}") -> str:
    value = window.get(field)
    return NOTHING if value is None else form.format(value)


def _flag(text: str, wrong: bool, style: str = "bold red") -> str:
    return f"[{style}]{text}[/]" if wrong else text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the fleet table; `from_width` is the narrowest screen that shows it."""

    key: str
    title: str
    cell: Callable[[Json], str]
    from_width: int = 0


COLUMNS = (
    Column("health", "", health),
    Column("device", "device", lambda device: escape(str(device.get("id", "")))),
    Column("regime", "street", regime, 104),
    Column("serving", "serves", serving),
    Column("size", "at", size, 70),
    Column("state", "update", state),
    Column("rate", "fps of", rate),
    Column("latency", "p95 ms", latency),
    Column("energy", "mJ/frame", energy, 96),
    Column("power", "W", power, 88),
)


def columns(width: int) -> tuple[Column, ...]:
    """The columns that fit a screen."""
    return tuple(column for column in COLUMNS if width >= column.from_width)


def summary(devices: Iterable[Json], jobs: Iterable[Json] = ()) -> str:
    """One line over the whole fleet."""
    known = list(devices)
    online = sum(bool(device.get("online")) for device in known)
    windows = [_measured(device) for device in known]
    served = sum(window.get("fps_served") or 0 for window in windows)
    watts = sum(window.get("power_w") or 0 for window in windows)
    parts = [
        f"[b]{online}[/] of {len(known)} online",
        f"[b]{served:.1f}[/] frames/s",
        f"[b]{watts:.1f}[/] W",
    ]
    parts += [_job(job) for job in jobs if job.get("state") == "running"][:2]
    return "   ".join(parts)


def _job(job: Json) -> str:
    subject, stage = escape(str(job.get("subject"))), escape(str(job.get("stage") or ""))
    return f"[cyan]building {subject} {100 * (job.get('progress') or 0):.0f} % {stage}[/]"


def trouble(devices: Iterable[Json]) -> str:
    """The worst notices of the fleet, one a line; empty when all is well."""
    found = [
        (str(notice.get("severity")), str(device.get("id")), str(notice.get("text")))
        for device in sorted(devices, key=rank)
        for notice in notices(device)
    ]
    found.sort(key=lambda entry: entry[0] != "error")
    lines = [_notice_line(severity, text, device) for severity, device, text in found]
    if len(lines) > MOST_NOTICES:
        more = len(lines) - MOST_NOTICES + 1
        lines = [*lines[: MOST_NOTICES - 1], f"[dim]and {more} more[/]"]
    return "\n".join(lines)


def device_trouble(device: Json) -> str:
    """All notices of one device, one a line."""
    return "\n".join(
        _notice_line(str(notice.get("severity")), str(notice.get("text")))
        for notice in notices(device)
    )


def _notice_line(severity: str, text: str, device: str = "") -> str:
    style = SEVERITY_STYLE.get(severity, "yellow")
    name = f"[b]{escape(device)}[/] " if device else ""
    return f"[{style}]▲[/] {name}{escape(text)}"


def event_line(event: Json) -> str:
    """One line of the log."""
    style = SEVERITY_STYLE.get(str(event.get("severity")))
    text = escape(said(event))
    shown = f"[{style}]{text}[/]" if style else text
    return f"[dim]{clock(event.get('at'))}[/] [b]{escape(speaker(event))}[/] {shown}"


def clock(at: float | None) -> str:
    """Local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(float(at or 0)))
