"""How long a recording has been playing, whatever becomes of the wall clock."""

from lamplighter_wire.clock import Clock

# A clock that moves by more than this was set, and says nothing of the street.
MOST_ADJUSTED_S = 60.0
# Both clocks are not read at the same instant.
JITTER_S = 0.1


class PlayingTime:
    """Seconds since a moment of wall time, so that devices with right clocks see the same.

    A clock that is adjusted a little is followed. Where it is set, or would have to be waited for,
    the recording goes on where it is.

    Args:
        start_at: wall time of the first frame; None: the first call.
    """

    def __init__(self, clock: Clock, start_at: float | None) -> None:
        self._clock, self._start_at = clock, start_at
        self._offset_s: float | None = None  # of the wall clock to the one that is never set

    def now_s(self, next_s: float) -> float:
        """Seconds since the start; `next_s` is when the next frame is due."""
        wall_s = self._clock.time()
        start_at = wall_s if self._start_at is None else self._start_at
        offset_s = wall_s - self._clock.monotonic()
        step_s = 0.0 if self._offset_s is None else offset_s - self._offset_s
        self._offset_s = offset_s
        if abs(step_s) > MOST_ADJUSTED_S:
            start_at += step_s
        if wall_s < start_at and (abs(step_s) > JITTER_S or start_at - wall_s > MOST_ADJUSTED_S):
            start_at = wall_s - next_s
        self._start_at = start_at
        return wall_s - start_at
