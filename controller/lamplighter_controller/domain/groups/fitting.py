"""Which site and labels would bring a device into a group: nothing else of it can be set."""

from dataclasses import replace

from lamplighter_controller.domain.groups.facts import DeviceFacts, is_label, label_name
from lamplighter_controller.domain.groups.matching import holds
from lamplighter_controller.domain.groups.query import (
    All,
    Any,
    Not,
    Query,
    QuerySign,
    QueryTest,
)

SITE, YES = "site", "yes"
LIMITS = (QuerySign.AT_MOST, QuerySign.AT_LEAST)
OUTSIDE_LIMITS = (QuerySign.BELOW, QuerySign.ABOVE)


def fitted(query: Query, facts: DeviceFacts) -> DeviceFacts | None:
    """The device with another site or other labels, so that the query names it; of several ways
    the one that the query says first. None: these alone do not bring it in."""
    found = _made(query, facts, wanted=True)
    return found if found is not None and holds(query, found) else None


def _made(query: Query, facts: DeviceFacts, *, wanted: bool) -> DeviceFacts | None:
    if holds(query, facts) is wanted:
        return facts
    match query:
        case QueryTest():
            return _called(query, facts, wanted=wanted)
        case Not(part):
            return _made(part, facts, wanted=not wanted)
        case All(parts) if wanted:
            return _all_made(parts, facts, wanted=True)
        case Any(parts) if not wanted:
            return _all_made(parts, facts, wanted=False)
        case All(parts) | Any(parts):  # any of them will do
            tried = (_made(part, facts, wanted=wanted) for part in parts)
            return next((found for found in tried if found is not None), None)


def _all_made(parts: tuple[Query, ...], facts: DeviceFacts, *, wanted: bool) -> DeviceFacts | None:
    found: DeviceFacts | None = facts
    for part in parts:
        found = None if found is None else _made(part, found, wanted=wanted)
    return found


def _called(test: QueryTest, facts: DeviceFacts, *, wanted: bool) -> DeviceFacts | None:
    if test.key != SITE and not is_label(test.key):
        return None
    value = _value(test, wanted=wanted)
    if value is None:
        return None
    if test.key == SITE:
        return replace(facts, site=value)
    labels = {key: text for key, text in facts.labels.items() if key != label_name(test.key)}
    return replace(facts, labels=labels | ({label_name(test.key): value} if value else {}))


def _value(test: QueryTest, *, wanted: bool) -> str | None:
    """What the key has to be; empty: nothing. None: that is not said by the query."""
    if test.sign is QuerySign.PRESENT:
        return YES if wanted else ""
    if test.sign in (QuerySign.IS, QuerySign.IS_NOT):
        return test.values[0].text if wanted is (test.sign is QuerySign.IS) else ""
    is_limit = test.sign in (LIMITS if wanted else OUTSIDE_LIMITS)
    return f"{test.number:g}" if is_limit else None
