"""Which events are asked for, as the controller is asked. Pure."""

from dataclasses import dataclass

from lamplighter_wire.enums import Severity

STRICT = {"!info": Severity.INFO, "!warning": Severity.WARNING, "!error": Severity.ERROR}


@dataclass(frozen=True)
class EventQuery:
    """Attributes:
    words: each stands in the device, the kind or the text.
    least: as severe as this, or more.
    device: about this one; empty: any.
    before: with an id below this; 0: any.
    since, until: between these wall-clock seconds; 0: open.
    kinds: of one of these; empty: any.
    """

    words: str = ""
    least: Severity = Severity.INFO
    device: str = ""
    before: int = 0
    since: float = 0.0
    until: float = 0.0
    kinds: tuple[str, ...] = ()

    def parameters(self) -> dict[str, str | float]:
        """Of the request; what is left open is not in it."""
        severity = "" if self.least is Severity.INFO else str(self.least)
        given: dict[str, str | float] = {
            "words": self.words,
            "severity": severity,
            "device": self.device,
            "before": self.before,
            "since": self.since,
            "until": self.until,
            "kind": ",".join(self.kinds),
        }
        return {name: value for name, value in given.items() if value}


EVERY_EVENT = EventQuery()


def query_of(text: str, least: Severity = Severity.INFO, device: str = "") -> EventQuery:
    """What a line asks for: words, and "!warning" or "!error" for what is as severe or more."""
    words = text.split()
    for word in words:
        least = STRICT.get(word.lower(), least)
    kept = [word for word in words if word.lower() not in STRICT]
    return EventQuery(" ".join(kept), least, device)
