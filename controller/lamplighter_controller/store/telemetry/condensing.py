"""From windows to summaries and street counts in one transaction: none is lost or counted twice."""

from collections.abc import Sequence

import sqlalchemy as sa

from lamplighter_controller.domain.street.window_intervals import intervals_of
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import (
    MINUTES_S,
    ReceivedWindow,
    stretch_of,
    summaries_of,
    together,
    widened,
)
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.street.intervals import add_intervals
from lamplighter_controller.store.telemetry.series import Series, of_series, sides_of
from lamplighter_controller.store.telemetry.summaries import add_summaries, summaries_at
from lamplighter_controller.store.telemetry.windows import read_windows


def condense_windows(connection: sa.Connection, series: Series, cutoff: Cutoff, limit: int) -> int:
    """Put the oldest windows beyond a cutoff into their summaries; returns how many these were."""
    start, seq = t.telemetry.c.start, t.telemetry.c.seq
    for beyond in sides_of(t.telemetry, cutoff):
        where = *of_series(t.telemetry, series), *beyond
        query = sa.select(t.telemetry).where(*where).order_by(start, seq).limit(limit)
        kept = read_windows(connection, query)
        if kept:
            _summarise(connection, series, kept)
            first, last = kept[0].window, kept[-1].window
            upto = start.between(first.start, last.start)
            same_start = sa.or_(start < last.start, seq <= last.seq)
            connection.execute(sa.delete(t.telemetry).where(*where, upto, same_start))
            return len(kept)
    return 0


def _summarise(connection: sa.Connection, series: Series, kept: Sequence[ReceivedWindow]) -> None:
    new = _without_repeats(connection, series, kept)
    minutes = summaries_of(new)
    add_summaries(connection, series, minutes)
    add_summaries(connection, series, together(widened(summary) for summary in minutes))
    intervals = intervals_of(entry.window for entry in new)
    add_intervals(connection, series, intervals, kept[-1].received_at)


def _without_repeats(
    connection: sa.Connection, series: Series, kept: Sequence[ReceivedWindow]
) -> list[ReceivedWindow]:
    """Those that are in no summary yet: a device that heard no answer sends a window again."""
    starts = {stretch_of(k.window.start, MINUTES_S) for k in kept}
    numbers: dict[float, set[int]] = {start: set() for start in starts}
    for summary in summaries_at(connection, series, MINUTES_S, starts):
        numbers[summary.start] |= summary.numbers
    return [k for k in kept if k.window.seq not in numbers[stretch_of(k.window.start, MINUTES_S)]]
