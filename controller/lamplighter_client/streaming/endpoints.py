"""What can be asked of the controller about the fleet as a table."""

from lamplighter_client.documents import Event
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges, FleetPage
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.typed.event_query import EVERY_EVENT, EventQuery

MOST_ROWS = 1000
# What only the log of events is asked for.
OF_HISTORY = ("before", "since", "until")


def fleet_rows(
    query: str = "", *, sort: str = "health", after: str = "", limit: int = MOST_ROWS
) -> ApiRequest[FleetPage]:
    """A page of the rows that a query leaves; `sort` with "-" before it goes downwards.

    The page's `after` asks for the next one, its `cursor` for what changes from then on.
    """
    given: dict[str, str | int] = {"sort": sort, "limit": limit}
    given |= {name: text for name, text in (("query", query), ("after", after)) if text}
    return ApiRequest("/fleet/rows", FleetPage, given)


def fleet_changes(
    query: str = "", *, after: str = "", every_s: float = 1.0
) -> ApiRequest[FleetChanges]:
    """The stream of what changes of these rows, told at most so often."""
    given: dict[str, str | float] = {"every_s": every_s}
    given |= {name: text for name, text in (("query", query), ("after", after)) if text}
    return ApiRequest("/fleet/changes", FleetChanges, given)


def event_stream(after: int, asked: EventQuery = EVERY_EVENT) -> ApiRequest[Event]:
    """The stream of events behind one, as they happen: all, or those that are asked for."""
    given = {name: value for name, value in asked.parameters().items() if name not in OF_HISTORY}
    return ApiRequest("/events", Event, {"after": after, **given})
