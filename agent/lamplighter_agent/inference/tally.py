"""What came of serving since a model began to."""

from collections import deque
from dataclasses import dataclass

from lamplighter_wire.clock import Clock

LATENCIES_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Served:
    """What has been served since the last exchange, as the watch of a probation sees it.

    Of the last thousand frames at most: `latencies_ms` is what each took by itself, `responses_ms`
    that and its wait for the engine.
    """

    frames: int
    seconds: float
    latencies_ms: tuple[float, ...]
    errors: int
    dropped: int
    responses_ms: tuple[float, ...]


class Tally:
    """Counts; whoever uses it from several threads holds a lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times_ms: deque[tuple[float, float]] = deque(maxlen=LATENCIES_KEPT)
        self.begin()

    def begin(self) -> None:
        """From here on something else serves."""
        self._since_s = self._clock.monotonic()
        self._times_ms.clear()
        self._frames = self._errors = self._dropped = 0

    def add_frame(self, latency_ms: float, wait_ms: float) -> None:
        """A frame was served."""
        self._frames += 1
        self._times_ms.append((latency_ms, latency_ms + wait_ms))

    def add_dropped(self, frames: int, errors: int = 0) -> None:
        """Frames were not served; so many of them because the engine failed."""
        self._dropped += frames
        self._errors += errors

    def served(self) -> Served:
        """Since the beginning."""
        return Served(
            self._frames,
            self._clock.monotonic() - self._since_s,
            tuple(latency for latency, _ in self._times_ms),
            self._errors,
            self._dropped,
            tuple(response for _, response in self._times_ms),
        )
