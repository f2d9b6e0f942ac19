"""What operations about events read of a request: which of them are asked for."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query
from lamplighter_client.documents.requests import LeastSeverity
from lamplighter_wire.enums import Severity

from lamplighter_controller.api.parameters import MAX_NUMBER, PRINTABLE, Since, Until
from lamplighter_controller.store.telemetry.event_selection import EventSelection

EventWords = Annotated[
    str,
    Query(
        max_length=200,
        pattern=PRINTABLE,
        description="Words that all stand in the device, the kind or the text.",
    ),
]
LeastSeverityQuery = Annotated[LeastSeverity, Query(description="As severe as this, or more.")]
EventKindsQuery = Annotated[
    str,
    Query(
        max_length=400,
        pattern="^[a-z0-9_]*(,[a-z0-9_]+)*$",
        description="Of these kinds only: `breach,workload_shift`.",
    ),
]
EventBefore = Annotated[
    int, Query(ge=0, le=MAX_NUMBER, description="The newest of those before this id; 0: of all.")
]


def _selection(
    words: EventWords = "",
    severity: LeastSeverityQuery = "info",
    kind: EventKindsQuery = "",
) -> EventSelection:
    kinds = [name for name in kind.split(",") if name]
    return EventSelection(words=words.split(), least=Severity(severity), kinds=kinds)


AskedEvents = Annotated[EventSelection, Depends(_selection)]
"""By words, severity and kind."""


def _history(
    selection: AskedEvents, since: Since = 0.0, until: Until = 0.0, before: EventBefore = 0
) -> EventSelection:
    return replace(selection, since=since, until=until, before=before)


AskedHistory = Annotated[EventSelection, Depends(_history)]
"""The same, and by time; or those before an event."""
