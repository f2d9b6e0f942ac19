"""Street counts of a database that has them in summaries only."""

from itertools import groupby

import sqlalchemy as sa

from lamplighter_controller.domain.street.window_intervals import intervals_of_summaries
from lamplighter_controller.domain.telemetry.summary import MINUTES_S
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.street.intervals import add_intervals
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_controller.store.telemetry.summaries import of_resolution, read_summaries


def take_over_summaries(connection: sa.Connection) -> None:
    """Make intervals of all summaries of five minutes; to be called once, on an empty table."""
    summaries = t.telemetry_summaries
    query = sa.select(summaries.c.device, summaries.c.stream).distinct()
    for row in connection.execute(query).all():
        series = Series(*row)
        kept = sa.select(summaries).where(*of_resolution(series, MINUTES_S))
        intervals = intervals_of_summaries(read_summaries(connection, kept))
        for start, several in groupby(intervals, key=lambda interval: interval.start):
            add_intervals(connection, series, several, start)
