"""A day of a street in words. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from lamplighter_client.documents.street.intervals import NO_LINES
from lamplighter_client.street.movements import Movement, MovementKey
from lamplighter_client.street.peak_hour import PeakHour
from lamplighter_client.street.volumes import Volume

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


def day_line(device: str, begin: float, volume: Volume | None, peak: PeakHour | None) -> Words:
    """Where, when, how many entered (None: nothing is counted), and the busiest hour."""
    hour = (
        f"busiest hour {clock(peak.start)} to {clock(peak.start + HOUR_S)}:"
        f" {figures.count(peak.volume, 'vehicle')}, factor {peak.factor:.2f}"
        if peak
        else "no whole hour with traffic yet"
    )
    if volume is None:
        entered = NO_LINES
    else:
        on_foot = f", {volume.on_foot} on foot" if volume.on_foot else ""
        entered = f"{figures.count(volume.vehicles, 'vehicle')} entered{on_foot}"
    return [
        (f"{device}  ", "accent"),
        (f"{date(begin)}, UTC   ", "text"),
        (f"{entered}   ", "text"),
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


def notes_line(notes: Sequence[str]) -> Words:
    """What is to be known beside counts that are whole; nothing where that is nothing."""
    return [(f"\n△ {' · '.join(notes)}", "warning")] if notes else []


def movement_name(key: MovementKey, all_keys: Iterable[MovementKey]) -> str:
    """A movement, with its camera and the version of its lines where there are several."""
    known = list(all_keys)
    camera = f"{key.stream}: " if len({one.stream for one in known}) > 1 else ""
    lines = f" (lines {key.street})" if len({one.street for one in known}) > 1 else ""
    return f"{camera}{key.name}{lines}"


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
    return f"{movement or 'Entered'}, {kind or 'vehicles'}, per {length}"
