"""Events as sentences. Pure."""

import time

from lamplighter_client.documents import Event
from lamplighter_client.watching import sentences
from lamplighter_client.watching.sentences import sentence
from lamplighter_wire.enums import Severity

__all__ = ["sentence", "sign", "when"]

TONES = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sign(event: Event) -> tuple[str, str]:
    """Its sign and tone."""
    return sentences.sign(event), TONES.get(event.severity, "text")


def when(at: float, now: float) -> str:
    """Time of day, with the date where it is not today's."""
    told, today = time.localtime(at), time.localtime(now)
    same = (told.tm_year, told.tm_yday) == (today.tm_year, today.tm_yday)
    return time.strftime("%H:%M:%S" if same else "%d %b %H:%M", told)
