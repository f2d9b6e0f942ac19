"""Whether a query holds for a device, and why not."""

from lamplighter_controller.domain.groups.facts import (
    NUMBERS,
    DeviceFacts,
    Fact,
    is_label,
    label_name,
)
from lamplighter_controller.domain.groups.query import (
    All,
    Any,
    Not,
    Query,
    QuerySign,
    QueryTest,
    QueryValue,
)

BY_SIZE = (QuerySign.BELOW, QuerySign.AT_MOST, QuerySign.ABOVE, QuerySign.AT_LEAST)


def holds(query: Query, facts: DeviceFacts) -> bool:
    """Whether a device is of a group."""
    match query:
        case QueryTest():
            return _test_holds(query, facts.of(query.key))
        case Not(part):
            return not holds(part, facts)
        case All(parts):
            return all(holds(part, facts) for part in parts)
        case Any(parts):
            return any(holds(part, facts) for part in parts)


def why_not(query: Query, facts: DeviceFacts) -> list[str]:
    """What keeps a device out of a group; empty: it is in."""
    return _against(query, facts, wanted=True)


def _against(query: Query, facts: DeviceFacts, *, wanted: bool) -> list[str]:
    """What is in the way of a query's being so."""
    if holds(query, facts) is wanted:
        return []
    match query:
        case QueryTest():
            return [_words(query, facts.of(query.key))]
        case Not(part):
            return _against(part, facts, wanted=not wanted)
        case All(parts) if wanted:
            return [text for part in parts for text in _against(part, facts, wanted=True)]
        case Any(parts) if not wanted:
            return [text for part in parts for text in _against(part, facts, wanted=False)]
        case All(parts) | Any(parts):  # any of them would do, so all together are in the way
            texts = (text for part in parts for text in _against(part, facts, wanted=wanted))
            return [" and ".join(texts)]


def _test_holds(test: QueryTest, fact: Fact | None) -> bool:
    if test.sign is QuerySign.PRESENT:
        return bool(fact)
    if test.sign in BY_SIZE:
        number = _number(fact)
        return number is not None and _compares(number, test.sign, test.number)
    found = fact is not None and any(_matches(value, fact) for value in test.values)
    return found is (test.sign is QuerySign.IS)


def _matches(value: QueryValue, fact: Fact) -> bool:
    if isinstance(fact, bool):
        return value.matches("yes" if fact else "no") or value.matches(str(fact).lower())
    if isinstance(fact, float):
        return _number(value.text) == fact
    return value.matches(fact)


def _number(fact: Fact | None) -> float | None:
    """A fact as a number; None where it is none."""
    try:
        return None if fact is None or isinstance(fact, bool) else float(fact)
    except ValueError:
        return None


def _compares(number: float, sign: QuerySign, other: float) -> bool:
    match sign:
        case QuerySign.BELOW:
            return number < other
        case QuerySign.AT_MOST:
            return number <= other
        case QuerySign.ABOVE:
            return number > other
        case _:
            return number >= other


def _words(test: QueryTest, fact: Fact | None) -> str:
    """What a device has in the place of what was asked for."""
    name = f"label {label_name(test.key)!r}" if is_label(test.key) else test.key
    if fact is None:
        return f"{name} is not known" if test.key in NUMBERS else f"it has no {name}"
    if isinstance(fact, bool):
        return f"it has {test.key}" if fact else f"it has no {test.key}"
    if fact == "":
        return f"{name} is empty"
    return f"{name} is {fact:g}" if isinstance(fact, float) else f"{name} is {fact!r}"
