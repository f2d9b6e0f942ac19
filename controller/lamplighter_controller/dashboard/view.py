"""From the API's documents to the cells of the fleet table. Pure."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_client.documents import Device
from lamplighter_client.wording import phase_words, size_text
from lamplighter_wire.enums import EnergySource, Outcome, Severity
from lamplighter_wire.messages import OperatingPoint, Reported, Telemetry

from lamplighter_controller.dashboard.markup import said

NOTHING = "[dim]–[/]"
OUTCOME_STYLE = {
    Outcome.COMMITTED: "green",
    Outcome.REJECTED: "yellow",
    Outcome.FAILED: "bold red",
    Outcome.ROLLED_BACK: "yellow",
}
UNDER_WAY_STYLE = "cyan"
HEALTH_STYLES = ("bold red", "yellow", "green")


def rank(device: Device) -> tuple[int, str]:
    """Sorts devices with errors first, then those with warnings, then by name."""
    severities = {notice.severity for notice in device.attention}
    trouble = 0 if Severity.ERROR in severities else 1 if severities else 2
    return trouble, device.id


def health(device: Device) -> str:
    """One sign: all is well, look at it, or broken."""
    if device.retired_at:
        return "[dim]·[/]"
    sign = ("▲" if device.attention else "●") if device.online else "○"
    return f"[{HEALTH_STYLES[rank(device)[0]]}]{sign}[/]"


def regime(device: Device) -> str:
    """Regime as the device sees it, for example "night dry free"."""
    if device.workload is None:
        return NOTHING
    seen = device.workload.regime
    parts = (seen.light, seen.weather, seen.density, *seen.axes.values())
    return said(" ".join(part for part in parts if part))


def serving_point(device: Device) -> OperatingPoint | None:
    """The operating point that the device serves: as measured last, else as reported."""
    for source in (device.telemetry, device.reported):
        if source is not None and source.serving.variant:
            return source.serving
    return None


def serving(device: Device) -> str:
    """The variant that the device serves."""
    point = serving_point(device)
    return said(point.variant) if point else NOTHING


def size(device: Device) -> str:
    """The input resolution that the device serves."""
    point = serving_point(device)
    return size_text(point) if point else NOTHING


def state(device: Device) -> str:
    """Phase of the newest deployment, coloured by its outcome."""
    reported = device.reported
    if reported is None or not reported.phase:
        return "[dim]waiting[/]"
    words = said(phase_words(reported))
    if reported.phase == "FETCHING" and reported.transfer.chunks_total:
        return f"[{UNDER_WAY_STYLE}]{words} {100 * _share_fetched(reported):.0f} %[/]"
    style = OUTCOME_STYLE.get(reported.outcome, UNDER_WAY_STYLE)
    reason = said(f" {reported.reason}") if reported.reason else ""
    return f"[{style}]{words}{reason}[/]"


def _share_fetched(reported: Reported) -> float:
    return 1 - reported.transfer.chunks_missing / reported.transfer.chunks_total


def rate(device: Device) -> str:
    """Frames per second served of those demanded, marked when frames are lost."""
    window = current_window(device)
    if window is None:
        return NOTHING
    text = f"{window.fps_served:.1f}/{window.fps_demand:.1f}"
    if device.has_notice("breach_frames"):
        return _red(text)
    return f"[yellow]{text}[/]" if device.has_notice("dropped") else text


def latency(device: Device) -> str:
    """95th percentile in ms, red when it breaks a limit."""
    window = current_window(device)
    if window is None:
        return NOTHING
    text = f"{window.latency_p95_ms:.1f}"
    return _red(text) if device.has_notice("breach_latency") else text


def energy(device: Device) -> str:
    """Energy per frame; an estimate carries a tilde."""
    window = current_window(device)
    if window is None or not window.energy_mj_per_frame:
        return NOTHING
    sign = "~" if window.energy_source == EnergySource.ESTIMATE else ""
    return f"{sign}{window.energy_mj_per_frame:.0f}"


def power(device: Device) -> str:
    """Average power in W, red when it breaks the budget."""
    window = current_window(device)
    if window is None:
        return NOTHING
    text = f"{window.power_w:.2f}"
    return _red(text) if device.has_notice("breach_power") else text


def current_window(device: Device) -> Telemetry | None:
    """The newest window, unless the device is gone: old figures read as if they held."""
    return device.telemetry if device.online else None


def _red(text: str) -> str:
    return f"[bold red]{text}[/]"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the fleet table; `from_width` is the narrowest screen that shows it."""

    key: str
    title: str
    cell: Callable[[Device], str]
    from_width: int = 0


COLUMNS = (
    Column("health", "", health),
    Column("device", "device", lambda device: said(device.id)),
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


def clock(at: float) -> str:
    """Local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))
