"""A text that was made here: events take no other."""

from typing import NewType

Sentence = NewType("Sentence", str)


def many(count: int, thing: str) -> str:
    """ "1 device", "3 devices"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def reason_after(reason: str) -> str:
    """ ": road works"; empty without one."""
    return f": {reason}" if reason else ""


def scope_words(scope: str) -> str:
    """ "fleet" -> "the whole fleet", "group:north" -> "group north"."""
    kind, _, name = scope.partition(":")
    return f"{kind} {name}" if name else f"the whole {kind}"
