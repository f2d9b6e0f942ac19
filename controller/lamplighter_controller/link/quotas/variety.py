"""How many kinds of windows a device may send in a day: each takes room of its own for long.

Windows of one camera under one set of conditions are put together after a day; those of ever new
cameras or conditions never are.
"""

from collections.abc import Hashable

from lamplighter_wire.clock import Clock

from lamplighter_controller.link.quotas.misconduct import Misconduct

# Sixteen cameras in eight regimes, on some rungs each.
MOST_KINDS = 2_000
DAY_S = 86_400.0
TOO_MANY = "windows of ever new cameras or conditions"


class Variety:
    """Not safe to use from several threads."""

    def __init__(self, clock: Clock, misconduct: Misconduct, most: int = MOST_KINDS) -> None:
        self._clock, self._misconduct, self._most = clock, misconduct, most
        self._day = 0
        self._kinds: dict[str, set[int]] = {}  # of today, by device

    def admits(self, device: str, kind: Hashable) -> bool:
        """Whether a device has shown a kind today, or may still show it."""
        now = self._clock.monotonic()
        if (day := int(now // DAY_S)) != self._day:
            self._day = day
            self._kinds.clear()
        kinds, number = self._kinds.setdefault(device, set()), hash(kind)
        if number in kinds:
            return True
        if len(kinds) >= self._most:
            self._misconduct.note(device, TOO_MANY, now)
            return False
        kinds.add(number)
        return True
