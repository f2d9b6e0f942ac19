"""Windows, and summaries of them, as intervals of a street. Pure."""

from collections.abc import Iterable, Mapping

from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.rules.sizes import point_key

from lamplighter_controller.domain.street.intervals import (
    INTERVAL_S,
    StreetInterval,
    Weighed,
    together,
)
from lamplighter_controller.domain.street.watch_time import WatchTime, watched_in, without_seconds
from lamplighter_controller.domain.telemetry.conditions import Conditions
from lamplighter_controller.domain.telemetry.summary import (
    OCCUPANCY,
    PACE,
    Spread,
    Summary,
    bounded,
    street_figures,
)


def intervals_of(
    windows: Iterable[Telemetry], interval_s: int = INTERVAL_S
) -> list[StreetInterval]:
    """Oldest first; several versions of the lines apart."""
    return together(map(_of_window, windows), interval_s)


def intervals_of_summaries(summaries: Iterable[Summary]) -> list[StreetInterval]:
    """Of five minutes each: what a summary does not tell apart was watched as a whole."""
    return together(map(_of_summary, summaries))


def _of_window(window: Telemetry) -> StreetInterval:
    figures = dict(street_figures([window])) if window.paces or window.occupancy else {}
    return _interval(window, watched_in(window), window, figures)


def _of_summary(summary: Summary) -> StreetInterval:
    under = summary.conditions
    watched = without_seconds(
        summary.seconds,
        is_lost=under.source_state != SourceState.OK,
        has_looked=summary.frames + summary.rested > 0,
        variant=under.serving.variant,
    )
    return _interval(summary, watched, under, summary.figures)


def _interval(
    told: Telemetry | Summary,
    watched: WatchTime,
    under: Telemetry | Conditions,
    figures: Mapping[str, Spread],
) -> StreetInterval:
    watched_s, serving, regime = watched.watched_s, under.serving, str(under.regime)
    point = point_key(serving.variant, serving.width, serving.height)
    return StreetInterval(
        device=told.device,
        stream=told.stream,
        start=told.start,
        street=under.street,
        watched_s=watched_s,
        lost_s=watched.lost_s,
        unserved_s=watched.unserved_s,
        failed_s=watched.failed_s,
        trial_s=watched_s if under.disturbed else 0.0,
        frames=bounded(told.frames),
        counts=told.counts,
        regimes_s={regime: watched_s} if watched_s else {},
        variants_s={serving.variant: watched_s} if watched_s else {},
        points_s={point: {regime: watched_s}} if watched_s else {},
        paces=_named(figures, PACE),
        occupancy=_named(figures, OCCUPANCY),
    )


def _named(figures: Mapping[str, Spread], prefix: str) -> dict[str, Weighed]:
    return {
        name.removeprefix(prefix): Weighed(spread.weight, spread.mean)
        for name, spread in figures.items()
        if name.startswith(prefix)
    }
