"""How often a device gives what it is asked for, whoever asks."""

from collections import deque

from lamplighter_wire.clock import Clock

HOUR_S = 3600.0


class RequestShare:
    """One in `least_apart_s` seconds, and `most_an_hour`."""

    def __init__(self, clock: Clock, least_apart_s: float, most_an_hour: int) -> None:
        self._clock, self._least_apart_s = clock, least_apart_s
        self._given_at: deque[float] = deque(maxlen=most_an_hour)

    @property
    def words(self) -> str:
        """Why there is none now."""
        return (
            f"it gives one in {self._least_apart_s:g} s and {self._given_at.maxlen} an hour; ask"
            " again when that is past"
        )

    def take(self) -> bool:
        """Whether another may be given now; if so, it counts."""
        now, times = self._clock.monotonic(), self._given_at
        is_soon = bool(times) and now - times[-1] < self._least_apart_s
        is_many = len(times) == times.maxlen and now - times[0] < HOUR_S
        if not (is_soon or is_many):
            times.append(now)
        return not (is_soon or is_many)
