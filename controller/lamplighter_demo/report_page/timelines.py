"""What each device saw and served over the day, as pictures. Pure."""

from collections.abc import Sequence

from lamplighter_client.pages.device_day import OUTCOMES, ROLLED_BACK
from lamplighter_client.pages.drawing import SERIES, UNKNOWN, regime_colour
from lamplighter_client.pages.rows import Figure, Mark, Row, Span, Stretch, picture
from lamplighter_wire.words.outcomes import because, outcome_word

from lamplighter_demo.report.schema import DayPart, DeviceReport


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
    """Regimes, points, updates, crossings and energy of one device on one axis of seconds."""
    points = points_of(device, end)
    names = list(dict.fromkeys(point for _, _, point in points))
    regimes = [
        Stretch(begin, until, regime_colour(name), f"{name}, {begin:.0f} to {until:.0f} s")
        for begin, until, name in regimes_of(device, end)
    ]
    planned = [
        Stretch(
            begin,
            until,
            SERIES[names.index(point) % len(SERIES)],
            f"{point}, from {begin:.0f} s",
        )
        for begin, until, point in points
    ]
    rows = [
        Row("street", regimes),
        Row("planned", planned),
        Row("updates", marks=_updates(device)),
        *_measured(device.parts),
    ]
    about = f"{device.id}: what it saw, what was planned, what became of it, counts and energy"
    return picture(rows, Span(0.0, end, lambda at: f"{at:.0f} s"), about)


def _measured(parts: Sequence[DayPart]) -> list[Row]:
    """Nothing for a report of before it was kept."""
    if not parts:
        return []
    counts = [
        Figure(p.at, p.at + p.seconds, float(p.crossings), f"{p.crossings} crossings, {p.at:.0f} s")
        for p in parts
    ]
    energy = [
        Figure(p.at, p.at + p.seconds, p.energy_j, f"{p.energy_j:.1f} J, {p.at:.0f} s")
        for p in parts
    ]
    return [
        Row("crossings", figures=counts, colour=SERIES[2]),
        Row("energy", figures=energy, colour=SERIES[1], unit="J"),
    ]


def legend(device: DeviceReport, end: float) -> Sequence[tuple[str, str]]:
    """(colour, name) of what the picture shows, each once."""
    points = list(dict.fromkeys(point for _, _, point in points_of(device, end)))
    regimes = list(dict.fromkeys(regime for _, _, regime in regimes_of(device, end)))
    return [
        *((regime_colour(regime), regime) for regime in regimes),
        *((SERIES[n % len(SERIES)], point) for n, point in enumerate(points)),
    ]


def _updates(device: DeviceReport) -> list[Mark]:
    marks = []
    for one in device.deployments:
        if one.phases:
            fault = f", {one.injected} was provoked" if one.injected else ""
            became = outcome_word(one.outcome) + because(one.reason)
            about = f"revision {one.rev}: {one.variant} {became}{fault}"
            colour = OUTCOMES.get(one.outcome, ROLLED_BACK if one.outcome else UNKNOWN)
            marks.append(Mark(one.phases[-1].at, colour, about))
    return marks
