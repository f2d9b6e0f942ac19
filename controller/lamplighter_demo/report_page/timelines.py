"""What each device saw and served over the day, as pictures. Pure."""

from collections.abc import Sequence

from lamplighter_demo.report.schema import DeviceReport
from lamplighter_demo.report_page.drawing import (
    SERIES,
    UNKNOWN,
    box,
    regime_colour,
    svg,
    text,
    tick,
)

WIDTH, LEFT, ROOM = 1000.0, 90.0, 900.0
ROW, GAP, TOP = 22.0, 8.0, 6.0
OUTCOMES = {"committed": "#2f855a", "rejected": "#b7410e", "failed": "#b7410e"}
ROLLED_BACK = "#b7791f"
TICK_S = 60.0


def regimes_of(device: DeviceReport, end: float) -> list[tuple[float, float, str]]:
    """(begin, end, regime) as the device stated it."""
    starts = [(0.0, device.shifts[0].from_)] if device.shifts else []
    starts += [(shift.at, shift.to) for shift in device.shifts]
    ends = [at for at, _ in starts[1:]] + [end]
    return [
        (at, until, regime.partition(" at ")[0])
        for (at, regime), until in zip(starts, ends, strict=True)
    ]


def points_of(device: DeviceReport, end: float) -> list[tuple[float, float, str]]:
    """(begin, end, recipe and size) as planned, alike ones together."""
    found: list[tuple[float, str]] = []
    for plan in device.plans:
        point = f"{plan.recipe or plan.variant} at {plan.size}"
        if not found or found[-1][1] != point:
            found.append((plan.at, point))
    ends = [at for at, _ in found[1:]] + [end]
    return [(at, until, point) for (at, point), until in zip(found, ends, strict=True)]


def timeline(device: DeviceReport, end: float) -> str:
    """Regimes, points and updates of one device on one axis of seconds."""
    points = points_of(device, end)
    names = list(dict.fromkeys(point for _, _, point in points))
    rows = [("street", TOP), ("planned", TOP + ROW + GAP), ("updates", TOP + 2 * (ROW + GAP))]
    parts = [text(0, y + 15, name) for name, y in rows]
    for begin, until, regime in regimes_of(device, end):
        about = f"{regime}, {begin:.0f} to {until:.0f} s"
        parts.append(_stretch(begin, until, end, rows[0][1], regime_colour(regime), about))
    for begin, until, point in points:
        about = f"{point}, from {begin:.0f} s"
        colour = SERIES[names.index(point) % len(SERIES)]
        parts.append(_stretch(begin, until, end, rows[1][1], colour, about))
    parts += _updates(device, end, rows[2][1])
    parts += _axis(end, TOP + 3 * (ROW + GAP))
    height = TOP + 3 * (ROW + GAP) + 26
    about = f"{device.id}: what it saw, what was planned and what became of its updates"
    return svg(WIDTH, height, parts, about)


def legend(device: DeviceReport, end: float) -> Sequence[tuple[str, str]]:
    """(colour, name) of what the picture shows, each once."""
    points = list(dict.fromkeys(point for _, _, point in points_of(device, end)))
    regimes = list(dict.fromkeys(regime for _, _, regime in regimes_of(device, end)))
    return [
        *((regime_colour(regime), regime) for regime in regimes),
        *((SERIES[n % len(SERIES)], point) for n, point in enumerate(points)),
    ]


def _x(at: float, end: float) -> float:
    return LEFT + ROOM * min(1.0, max(0.0, at / end)) if end else LEFT


def _stretch(begin: float, until: float, end: float, y: float, colour: str, about: str) -> str:
    left = _x(begin, end)
    return box(left, y, _x(until, end) - left, ROW, colour, about)


def _updates(device: DeviceReport, end: float, y: float) -> list[str]:
    marks = []
    for one in device.deployments:
        if one.phases:
            fault = f", {one.injected} was provoked" if one.injected else ""
            reason = f" {one.reason}" if one.reason else ""
            about = f"revision {one.rev}: {one.variant} {one.outcome}{reason}{fault}"
            colour = OUTCOMES.get(one.outcome, ROLLED_BACK if one.outcome else UNKNOWN)
            marks.append(tick(_x(one.phases[-1].at, end), y, y + ROW, colour, about))
    return marks


def _axis(end: float, y: float) -> list[str]:
    step = TICK_S * max(1, round(end / TICK_S / 10))
    return [
        text(_x(n * step, end), y + 14, f"{n * step:.0f} s", size=11, anchor="middle")
        for n in range(int(end // step) + 1)
    ]
