"""How many chunks a device asks for at a time, and how many it listens for.

The window grows by one chunk per round trip and is halved on loss, as in TCP's congestion avoidance
(Jacobson, "Congestion Avoidance and Control", 1988): a link that takes two seconds for a chunk
would not bring the last of sixteen before it is given up for lost.
"""

from dataclasses import dataclass

from lamplighter_wire.blobs import CHUNK_BYTES

WINDOW_FLOOR = 8
# Of a slow link, and of any.
SLOW_CEILING, WINDOW_CEILING = 16, 32
# A window takes this part of what may be listened for.
MOMENTS = 4
# What the device takes in this time may wait for it at the broker.
AHEAD_S = 8.0
AHEAD_CEILING = 128
# Before this nothing is known of what it takes.
KNOWN_S = 2.0
# A chunk that does not come within four smoothed delivery times, within these bounds, is lost.
MIN_WAIT_S, MAX_WAIT_S = 1.0, 30.0
FIRST_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Window:
    """How many chunks may be under way."""

    size: float = WINDOW_FLOOR
    has_lost: bool = False

    @property
    def chunks(self) -> int:
        return int(self.size)

    def grown(self, takes: int) -> "Window":
        """After a chunk arrived; `takes`: what the device has been able to take in a moment."""
        ceiling = min(WINDOW_CEILING, max(SLOW_CEILING, takes))
        step = 1 / self.size if self.has_lost else 1.0
        return Window(min(ceiling, self.size + step), self.has_lost)

    def halved(self) -> "Window":
        """After a loss."""
        return Window(max(WINDOW_FLOOR, self.size / 2), has_lost=True)


def chunks_ahead(taken_bytes: int, seconds: float) -> int:
    """How many chunks may wait for a device that has taken so much in so long."""
    if seconds < KNOWN_S:
        return AHEAD_CEILING
    return min(AHEAD_CEILING, int(taken_bytes / seconds * AHEAD_S / CHUNK_BYTES))


def patience_s(delivery_s: float) -> float:
    """After how many seconds a chunk is lost, where one takes so long; 0: that is not known."""
    if not delivery_s:
        return FIRST_WAIT_S
    return min(MAX_WAIT_S, max(MIN_WAIT_S, 4 * delivery_s))


def smoothed_s(delivery_s: float, took_s: float) -> float:
    """Seconds that delivery takes, once another chunk took so long; 0: that was not known."""
    return 0.8 * delivery_s + 0.2 * took_s if delivery_s else took_s
