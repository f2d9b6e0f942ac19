"""How the way to the controller is, and when to try again. Pure."""

from dataclasses import dataclass
from enum import StrEnum

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0


class Link(StrEnum):
    """Whether what is shown is what is."""

    OPENING = "opening"
    OPEN = "open"
    AWAY = "away"  # tried again by itself
    REFUSED = "refused"  # by the controller: a token or a query is not in order


@dataclass(frozen=True)
class Connection:
    """`heard_at`: our wall clock when something was heard last; 0: nothing yet."""

    link: Link = Link.OPENING
    heard_at: float = 0.0
    reason: str = ""
    attempts: int = 0  # in vain, in a row
    again_at: float = 0.0

    @property
    def is_stale(self) -> bool:
        """Whether what is shown may no longer be so."""
        return self.link is not Link.OPEN

    def left_s(self, now: float) -> float:
        """Until it is tried again; no longer than any pause where the clock was set back."""
        return min(LONGEST_PAUSE_S, max(0.0, self.again_at - now))

    def heard(self, now: float) -> "Connection":
        """Something came."""
        return Connection(Link.OPEN, now)

    def lost(self, reason: str, now: float, *, refused: bool = False) -> "Connection":
        """It broke off, or could not be opened."""
        attempts = self.attempts + 1
        link = Link.REFUSED if refused else Link.AWAY
        return Connection(link, self.heard_at, reason, attempts, now + pause_s(attempts))


def pause_s(attempts: int) -> float:
    """Until it is tried again."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempts - 1))
