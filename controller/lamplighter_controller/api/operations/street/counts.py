"""What crossed the streets of a device."""

from enum import IntEnum
from typing import Annotated

from fastapi import Query, Request
from lamplighter_client.documents.street.intervals import StreetCount
from pydantic import WithJsonSchema

from lamplighter_controller.api.access import services
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor, write_cursor
from lamplighter_controller.api.parameters import MAX_SECONDS, DevicePath, Since, StreamQuery
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes

routes = Routes("street", prefix="/devices", bounds=Bounds.DEVICE)


class Interval(IntEnum):
    """Seconds of an interval."""

    QUARTER = 900
    HALF = 1800
    HOUR = 3600
    DAY = 86_400


# Written out where it is used: the document has components for what is sent as JSON only.
SCHEMA = {
    "type": "integer",
    "enum": [*Interval],
    "minimum": min(Interval),
    "maximum": max(Interval),
}
Seconds = Annotated[Interval, Query(description="Seconds of an interval."), WithJsonSchema(SCHEMA)]


@routes.get("/{device}/counts")
def list_counts(
    request: Request,
    device: DevicePath,
    since: Since = 0.0,
    until: Annotated[
        float,
        Query(ge=0, le=MAX_SECONDS, allow_inf_nan=False, description="Before this second; 0: now."),
    ] = 0.0,
    interval_s: Seconds = Interval.QUARTER,
    stream: StreamQuery = None,
    after: Cursor = "",
) -> Page[StreetCount]:
    """Intervals that begin within [since, until), oldest first; `counts` of a gap is null.

    Of all streams of the device, or of one. Where there are more, the header `Link` names the next
    page (RFC 8288). `since` 0 is a day ago.
    """
    parts = services(request)
    parts.store.device(device)
    begin = read_cursor(after, float) or since
    page = parts.street_counts.page(device, begin, until, interval_s, stream)
    return Page(page.counts, None if page.end is None else write_cursor(page.end))
