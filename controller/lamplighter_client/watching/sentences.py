"""Events as sentences, and which of them are asked for. Pure."""

from collections.abc import Sequence

from lamplighter_wire.enums import Severity
from lamplighter_wire.words.printable import one_line

from lamplighter_client.documents import Event
from lamplighter_client.wording import event_text, subject

SIGNS = {Severity.ERROR: "✖", Severity.WARNING: "▲"}
QUIET = "·"
WEIGHTS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def sentence(event: Event) -> str:
    """What happened, behind the name of whom it is about."""
    return one_line(event_text(event))


def sign(event: Event) -> str:
    """Its severity as a sign."""
    return SIGNS.get(event.severity, QUIET)


def is_at_least(event: Event, least: Severity) -> bool:
    """Whether it is as severe, or more."""
    return WEIGHTS.get(event.severity, 0) >= WEIGHTS[least]


def has_words(event: Event, words: Sequence[str]) -> bool:
    """Whether every word stands somewhere in it; "!error" and "!warning" ask for a severity."""
    whole = f"{subject(event)} {event.kind} {event.text}".lower()
    return all(
        event.severity == word[1:] if word.startswith("!") else word in whole
        for word in (word.lower() for word in words)
    )
