"""A day of a street in words. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lamplighter_client.street.movements import Movement
from lamplighter_client.street.peak_hour import PeakHour

from lamplighter_dashboard.words import figures

Words = Sequence[tuple[str, str]]
"""Texts with their tones."""
HOUR_S = 3600.0
GAP, PARTLY = "░", "▒"


def date(at: float) -> str:
    """ "Sat 28 Nov 2026"."""
    return f"{datetime.fromtimestamp(at, UTC):%a %d %b %Y}"


def clock(at: float) -> str:
    """ "07:45"."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"


def day_line(device: str, begin: float, volume: int, peak: PeakHour | None) -> Words:
    """Where, when, how much, and the busiest hour."""
    hour = (
        f"busiest hour {clock(peak.start)} to {clock(peak.start + HOUR_S)}: {peak.volume},"
        f" factor {peak.factor:.2f}"
        if peak
        else "no whole hour with traffic yet"
    )
    return [
        (f"{device}  ", "accent"),
        (f"{date(begin)}, UTC   ", "text"),
        (f"{figures.count(volume, 'crossing')}   ", "text"),
        (hour, "dim"),
    ]


def watched_line(watched: float, troubles: Sequence[str]) -> Words:
    """How much of the day is in the figures, and why not all of it."""
    if watched >= 0.995:
        return [("● all of it was watched", "well")]
    why = f": {' · '.join(troubles[:2])}" if troubles else ""
    tone = "warning" if watched > 0 else "error"
    return [
        (f"▲ {figures.share(watched)} of it was watched", tone),
        (f"   {GAP} nothing{why}   {PARTLY} in part", "dim"),
    ]


def measured_titles(movements: Sequence[Movement]) -> list[str]:
    """Columns beside counts, of what was measured of any of them."""
    has_speed = any(one.kmh is not None for one in movements)
    has_occupancy = any(one.occupancy is not None for one in movements)
    return ["km/h"] * has_speed + ["occupied"] * has_occupancy


def measured_cells(movement: Movement | None, titles: Sequence[str]) -> list[str]:
    """A movement's figures in these columns; None: of all together, which have none."""
    if movement is None:
        return [figures.NOTHING] * len(titles)
    speed = figures.NOTHING if movement.kmh is None else f"{movement.kmh:.1f}"
    occupied = figures.NOTHING if movement.occupancy is None else figures.share(movement.occupancy)
    told = {"km/h": speed, "occupied": occupied}
    return [told[title] for title in titles]


def bars_title(movement: str, kind: str, bar_s: int) -> str:
    """What the bars are of."""
    length = f"{bar_s // 60} min" if bar_s < 7200 else f"{bar_s // 3600} h"
    return f"{movement or 'All movements'}, {kind or 'all classes'}, per {length}"
