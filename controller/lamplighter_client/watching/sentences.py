"""Events as sentences, and which of them are asked for. Pure."""

from collections.abc import Sequence

from lamplighter_wire.enums import Severity

from lamplighter_client.documents import Event
from lamplighter_client.printable import one_line
from lamplighter_client.wording import event_text, subject

SIGNS = {Severity.ERROR: "✖", Severity.WARNING: "▲"}
QUIET = "·"
WEIGHTS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
# The kind before a text that does not say it itself.
VERBS = {
    "workload_shift": "sees another street",
    "ladder_switch": "changes over by itself",
    "breach": "breaks a limit",
    "deploy": "is sent an update",
    "committed": "has taken an update into service",
    "rejected": "has refused an update",
    "rolled_back": "has gone back",
    "failed": "could not take an update",
}


def sentence(event: Event) -> str:
    """What happened, with a verb."""
    text, verb = one_line(event_text(event)), VERBS.get(event.kind, "")
    kind = event.kind.replace("_", " ")
    if verb and not text.lower().startswith((kind, verb.split()[0])):
        return f"{verb}: {text}"
    return text


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
