"""Which events are asked for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from lamplighter_wire.enums import Severity


@dataclass(frozen=True)
class EventSelection:
    """Whatever it does not name it leaves open.

    Attributes:
        words: each stands in the device, the kind or the text, in letters of either case.
        least: as severe as this, or more.
        kinds: of one of these kinds.
        since: that happened at this wall-clock second or later.
        until: that happened before it; 0: up to now.
        before: with an id below this; 0: any.
    """

    words: Sequence[str] = ()
    least: Severity = Severity.INFO
    kinds: Sequence[str] = ()
    since: float = 0.0
    until: float = 0.0
    before: int = 0


EVERY_EVENT = EventSelection()
