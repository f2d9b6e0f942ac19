"""Events as sentences. Pure."""

import time

from lamplighter_client.documents import Event
from lamplighter_client.printable import one_line
from lamplighter_client.wording import event_text, subject
from lamplighter_wire.enums import Severity

SIGNS = {Severity.ERROR: ("✖", "error"), Severity.WARNING: ("▲", "warning")}
QUIET = ("·", "text")
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


def sign(event: Event) -> tuple[str, str]:
    """Its sign and tone."""
    return SIGNS.get(event.severity, QUIET)


def when(at: float, now: float) -> str:
    """Time of day, with the date where it is not today's."""
    told, today = time.localtime(at), time.localtime(now)
    same = (told.tm_year, told.tm_yday) == (today.tm_year, today.tm_yday)
    return time.strftime("%H:%M:%S" if same else "%d %b %H:%M", told)


def is_asked_for(event: Event, text: str) -> bool:
    """Whether every word stands somewhere in it; "!error" and "!warning" ask for a severity."""
    words = text.lower().split()
    whole = f"{subject(event)} {event.kind} {event.text}".lower()
    return all(
        event.severity == word[1:] if word.startswith("!") else word in whole for word in words
    )
