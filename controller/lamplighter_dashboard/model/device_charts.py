"""From telemetry to what is drawn. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lamplighter_client.documents import Deployment, Event, TelemetryEntry
from lamplighter_wire.enums import EventKind
from lamplighter_wire.street.turns import crossings

Figure = Callable[[TelemetryEntry], float]


GAP_WINDOWS = 2.0
"""Where more than so many windows are missing between two, nothing is known to be drawn."""


@dataclass(frozen=True)
class Stretch:
    """Values at wall-clock seconds, without a gap."""

    at: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True)
class Series:
    """What is drawn as one line; it is broken off where nothing was measured."""

    name: str
    stretches: Sequence[Stretch]

    @property
    def values(self) -> list[float]:
        """All of them."""
        return [value for stretch in self.stretches for value in stretch.values]


UPDATE, SHIFT, BREACH = "U", "S", "B"
SIGNS: Mapping[str, str] = {EventKind.WORKLOAD_SHIFT: SHIFT, EventKind.BREACH: BREACH}


@dataclass(frozen=True)
class Mark:
    """Something that happened at a wall-clock second, and the letter that stands for it."""

    at: float
    sign: str


@dataclass(frozen=True)
class Chart:
    """What is drawn."""

    series: Sequence[Series] = ()
    limit: float = 0.0
    marks: Sequence[Mark] = ()
    begin: float = 0.0
    end: float = 0.0


def charts(
    windows: Sequence[TelemetryEntry],
    deployments: Sequence[Deployment],
    latency_limit_ms: float,
    begin: float,
    end: float,
    events: Sequence[Event] = (),
    power_limit_w: float = 0.0,
) -> dict[str, Chart]:
    """Latency, rate, energy, counts, density and power over a time, with updates, shifts and
    breaches in it."""
    marks = marks_of(deployments, events)
    within = [window for window in windows if begin <= window.start <= end]

    def chart(figures: dict[str, Figure], limit: float = 0.0) -> Chart:
        return Chart(_series(within, figures), limit, marks, begin, end)

    return {
        "latency": chart(
            {"p50": lambda w: w.latency_p50_ms, "p95": lambda w: w.latency_p95_ms},
            latency_limit_ms,
        ),
        "rate": chart({"served": lambda w: w.fps_served, "demanded": lambda w: w.fps_demand}),
        "energy": chart({"mJ": lambda w: w.energy_mj_per_frame}),
        "counts": chart({"per min": per_minute}),
        "density": chart({"objects": lambda w: w.density}),
        "power": chart({"W": lambda w: w.power_w}, power_limit_w),
    }


def marks_of(deployments: Sequence[Deployment], events: Sequence[Event]) -> list[Mark]:
    """What happened, in the order of time."""
    found = [Mark(one.at, UPDATE) for one in deployments if one.at]
    found += [Mark(one.at, SIGNS[one.kind]) for one in events if one.kind in SIGNS]
    return sorted(found, key=lambda mark: mark.at)


def per_minute(window: TelemetryEntry) -> float:
    """Crossings of all lines and classes in a minute."""
    return 60.0 * crossings(window.counts) / window.seconds if window.seconds else 0.0


def _series(windows: Sequence[TelemetryEntry], figures: dict[str, Figure]) -> list[Series]:
    streams = list(dict.fromkeys(window.stream for window in windows))
    found = []
    for stream in streams:
        parts = without_gaps([window for window in windows if window.stream == stream])
        found += [
            Series(
                f"{stream} {name}".strip(),
                [Stretch([w.start for w in part], [figure(w) for w in part]) for part in parts],
            )
            for name, figure in figures.items()
        ]
    return found


def without_gaps(windows: Sequence[TelemetryEntry]) -> list[list[TelemetryEntry]]:
    """Windows of one stream, oldest first, parted where more than `GAP_WINDOWS` are missing."""
    parts: list[list[TelemetryEntry]] = []
    end = 0.0
    for window in windows:
        whole_s = max(window.seconds, float(window.resolution_s))  # a summary is of less, or of all
        if not parts or window.start - end > GAP_WINDOWS * whole_s:
            parts.append([])
        parts[-1].append(window)
        end = window.start + whole_s
    return parts
