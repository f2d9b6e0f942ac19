"""How much of something a device may have: so much at once, and then so much a second."""

from dataclasses import dataclass


@dataclass
class Allowance:
    """Fills up by `per_s`, to `burst` at most (a token bucket)."""

    burst: float
    per_s: float
    left: float = -1.0  # less than nothing: not used yet
    at: float = 0.0

    def take(self, count: float, now: float) -> int:
        """How much of `count` is granted at monotonic time `now`: whole units."""
        filled = self.burst if self.left < 0 else self.left + (now - self.at) * self.per_s
        granted = int(min(count, filled, self.burst))
        self.left, self.at = min(filled, self.burst) - granted, now
        return granted
