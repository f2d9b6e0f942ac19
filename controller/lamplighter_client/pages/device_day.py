"""One device's time as a page: what it saw, served and counted, and what it took. Pure."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from lamplighter_wire.street.turns import crossings
from lamplighter_wire.words.outcomes import because, outcome_word
from lamplighter_wire.words.reasons import reason_words

from lamplighter_client.documents import Deployment, Device, Event, TelemetryEntry
from lamplighter_client.pages.document import html_page, keys, paragraphs
from lamplighter_client.pages.drawing import SERIES, UNKNOWN, regime_colour, table
from lamplighter_client.pages.rows import Figure, Mark, Row, Span, Stretch, picture

OUTCOMES = {"committed": "#2f855a", "rejected": "#b7410e", "failed": "#b7410e"}
ROLLED_BACK = "#b7791f"
MOST_EVENTS = 100


@dataclass(frozen=True)
class DeviceTime:
    """What is known of a device between two wall-clock seconds; oldest first."""

    device: Device
    begin: float
    end: float
    windows: Sequence[TelemetryEntry]
    deployments: Sequence[Deployment]
    events: Sequence[Event]


def device_time_page(known: DeviceTime) -> str:
    """HTML that needs nothing else; times are those of where it is made."""
    device, span = known.device, Span(known.begin, known.end, _clock)
    streams = sorted({window.stream for window in known.windows})
    body = [
        f"<h1>{escape(device.id)}</h1>",
        f'<p class="dim">{escape(_place(known))}</p>',
        paragraphs([notice.text for notice in device.attention]),
    ]
    for stream in streams or [""]:
        windows = [window for window in known.windows if window.stream == stream]
        body += [
            f"<h2>{escape(stream)}</h2>" if stream else "",
            picture(_rows(known, windows), span, f"{device.id} over time"),
            keys(legend(windows)),
            paragraphs([totals(windows)]),
        ]
    body += ["<h2>Updates</h2>", _updates(known), "<h2>Events</h2>", _events(known)]
    return html_page(f"{device.id}: {_clock(known.begin)} to {_clock(known.end)}", body)


def totals(windows: Sequence[TelemetryEntry]) -> str:
    """All of it in a sentence."""
    if not windows:
        return "Nothing was measured in this time."
    frames, dropped = sum(w.frames for w in windows), sum(w.dropped for w in windows)
    rested = sum(w.rested for w in windows)
    energy_j = sum(w.frames * w.energy_mj_per_frame for w in windows) / 1000
    counted = sum(crossings(w.counts) for w in windows)
    left_out = f", {rested} left out as nothing moved" if rested else ""
    return (
        f"{frames} frames served, {dropped} dropped{left_out}, {counted} crossings,"
        f" {energy_j:.0f} J."
    )


def legend(windows: Sequence[TelemetryEntry]) -> list[tuple[str, str]]:
    """Regimes and points, each once."""
    regimes = dict.fromkeys(str(window.regime) for window in windows)
    points = _points(windows)
    return [
        *((regime_colour(name), name) for name in regimes if name),
        *((SERIES[n % len(SERIES)], name) for n, name in enumerate(points)),
    ]


def _points(windows: Sequence[TelemetryEntry]) -> list[str]:
    return [name for name in dict.fromkeys(_point(window) for window in windows) if name]


def _point(window: TelemetryEntry) -> str:
    point = window.serving
    return f"{point.variant} at {point.width}x{point.height}" if point.variant else ""


def _rows(known: DeviceTime, windows: Sequence[TelemetryEntry]) -> list[Row]:
    points = _points(windows)

    def point_colour(name: str) -> str:
        return SERIES[points.index(name) % len(SERIES)] if name in points else UNKNOWN

    return [
        Row("street", _lasting(windows, lambda w: str(w.regime), regime_colour)),
        Row("served", _lasting(windows, _point, point_colour)),
        Row("updates", marks=[_mark(one) for one in known.deployments]),
        _bars("p95", windows, lambda w: w.latency_p95_ms, "ms", SERIES[0]),
        _bars("energy", windows, _energy_j, "J", SERIES[1]),
        _bars("crossings", windows, lambda w: float(crossings(w.counts)), "", SERIES[2]),
    ]


def _energy_j(window: TelemetryEntry) -> float:
    return window.frames * window.energy_mj_per_frame / 1000


def _lasting(
    windows: Sequence[TelemetryEntry],
    name: Callable[[TelemetryEntry], str],
    colour: Callable[[str], str],
) -> list[Stretch]:
    """Windows that say the same are one stretch."""
    found = []
    for what, alike in groupby(windows, name):
        some = list(alike)
        begin, until = some[0].start, some[-1].start + some[-1].seconds
        found.append(Stretch(begin, until, colour(what), f"{what}, from {_clock(begin)}"))
    return found


def _bars(
    name: str,
    windows: Iterable[TelemetryEntry],
    value: Callable[[TelemetryEntry], float],
    unit: str,
    colour: str,
) -> Row:
    figures = [
        Figure(w.start, w.start + w.seconds, value(w), f"{value(w):.4g} {unit} {_clock(w.start)}")
        for w in windows
    ]
    return Row(name, figures=figures, colour=colour, unit=unit)


def _mark(one: Deployment) -> Mark:
    outcome = outcome_word(one.outcome) + because(one.reason)
    colour = OUTCOMES.get(one.outcome, ROLLED_BACK if one.outcome else UNKNOWN)
    about = f"revision {one.revision}: {one.variant} {outcome}"
    return Mark(one.at, colour, about)


def _updates(known: DeviceTime) -> str:
    within = [one for one in known.deployments if known.begin <= one.at <= known.end]
    if not within:
        return paragraphs(["No update in this time."])
    rows = [(_clock(one.at), str(one.revision), one.variant, *_became(one)) for one in within]
    return table(("when", "revision", "variant", "became", "why"), rows)


def _became(one: Deployment) -> tuple[str, str]:
    return outcome_word(one.outcome), reason_words(one.reason)


def _events(known: DeviceTime) -> str:
    within = [one for one in known.events if known.begin <= one.at <= known.end]
    if not within:
        return paragraphs(["Nothing happened in this time that was news."])
    newest = [(_clock(one.at), one.text) for one in within[-MOST_EVENTS:]]
    return table(("when", "what"), newest)


def _place(known: DeviceTime) -> str:
    device = known.device
    labels = ", ".join(f"{key}={value}" for key, value in sorted(device.labels.items()))
    parts = [f"site {device.site}" if device.site else "", labels]
    parts.append(f"{_clock(known.begin)} to {_clock(known.end)}")
    return "; ".join(filter(None, parts))


def _clock(at: float) -> str:
    return time.strftime("%d %b %H:%M:%S", time.localtime(at))
