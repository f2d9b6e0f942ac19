"""What the windows of each stream come to since the controller started: frames, energy, counts."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lamplighter_wire.messages import Telemetry
from lamplighter_wire.street.turns import is_turn
from lamplighter_wire.topics import MAX_STREAMS

# A device names its lines and classes itself: what is beyond so many in a stream is left out.
MOST_CROSSINGS = 128
MOST_SOURCES = 8
Crossing = tuple[str, str, str]  # line, direction, class


@dataclass
class StreamTotals:
    """Of one stream; energy in joules, by what it was measured with."""

    frames: int = 0
    dropped: int = 0
    rested: int = 0
    energy_j: dict[str, float] = field(default_factory=dict)
    crossings: Counter[Crossing] = field(default_factory=Counter)

    def add(self, window: Telemetry) -> int:
        """Add a window; how many of its figures found no room."""
        self.frames += window.frames
        self.dropped += window.dropped
        self.rested += window.rested
        left_out = self._add_energy(window)
        for place, classes in window.counts.items():
            if is_turn(place):
                continue  # who turned has crossed two lines, which count
            line, _, direction = place.rpartition("/")
            for kind, number in classes.items():
                left_out += self._add_crossing((line, direction, kind), number)
        return left_out

    def _add_energy(self, window: Telemetry) -> int:
        source, energy_j = window.energy_source, window.energy_mj_per_frame * window.frames / 1000
        if source not in self.energy_j and len(self.energy_j) >= MOST_SOURCES:
            return 1
        self.energy_j[source] = self.energy_j.get(source, 0.0) + energy_j
        return 0

    def _add_crossing(self, crossing: Crossing, number: int) -> int:
        if crossing not in self.crossings and len(self.crossings) >= MOST_CROSSINGS:
            return 1
        self.crossings[crossing] += max(0, number)
        return 0

    def copy(self) -> "StreamTotals":
        """As it is now."""
        return replace(self, energy_j=dict(self.energy_j), crossings=Counter(self.crossings))


class WindowTotals:
    """Adds windows up as they are kept. Safe to use from any thread."""

    def __init__(self, most_devices: int) -> None:
        self.most_devices = most_devices
        self._streams: dict[str, dict[str, StreamTotals]] = {}
        self._left_out = 0
        self._lock = threading.Lock()

    @property
    def left_out(self) -> int:
        """Figures that found no room since the start."""
        return self._left_out

    def add(self, windows: Iterable[Telemetry]) -> None:
        """Windows that are new."""
        with self._lock:
            for window in windows:
                totals = self._totals(window)
                self._left_out += 1 if totals is None else totals.add(window)

    def of(self, device: str) -> dict[str, StreamTotals]:
        """Of each stream of a device; empty where nothing was added."""
        with self._lock:
            return {name: sums.copy() for name, sums in self._streams.get(device, {}).items()}

    def forget(self, device: str) -> None:
        """It is retired, and makes room."""
        with self._lock:
            self._streams.pop(device, None)

    def _totals(self, window: Telemetry) -> StreamTotals | None:
        """None where there is no room for another device or stream."""
        streams = self._streams.get(window.device)
        if streams is None:
            if len(self._streams) >= self.most_devices:
                return None
            streams = self._streams[window.device] = {}
        if window.stream not in streams and len(streams) > MAX_STREAMS:
            return None
        return streams.setdefault(window.stream, StreamTotals())
