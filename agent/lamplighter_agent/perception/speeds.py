"""How fast those drive who cross two lines that are a known distance apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lamplighter_wire.messages import Pace

from lamplighter_agent.own_street import CountDistance
from lamplighter_agent.perception.counting import Crossing

# Passages of a line that are remembered; old ones never come to the other one.
MEMORY = 4096
# Slower is no driving, and faster is a track that has changed its object.
LEAST_KMH, MOST_KMH = 1.0, 250.0
S_PER_KM = 3600.0  # at 1 km/h

Paces = dict[str, dict[str, Pace]]


class _Passage(NamedTuple):
    """Of one track over one line."""

    direction: str
    at: float


@dataclass(slots=True)
class _Sum:
    """Passages of a movement and class: how many, and how long they took for a kilometre."""

    count: int = 0
    s_per_km: float = 0.0


class SpeedMeter:
    """Measures from line to line, either way; a speed belongs to the movement over the later one.

    The mean of what a kilometre took is the inverse of the space mean speed (Wardrop, 1952), which
    is the harmonic mean of the speeds of single vehicles.
    """

    def __init__(self, distances: Sequence[CountDistance]) -> None:
        self._partners: dict[str, list[tuple[str, float]]] = {}
        for one in distances:
            self._partners.setdefault(one.first, []).append((one.second, one.distance_m))
            self._partners.setdefault(one.second, []).append((one.first, one.distance_m))
        self._passed: dict[tuple[int, str], _Passage] = {}
        self._window: dict[str, dict[str, _Sum]] = {}

    def update(self, crossings: Sequence[Crossing]) -> None:
        """Take in what has crossed; the order does not matter."""
        for crossing in crossings:
            for partner, distance_m in self._partners.get(crossing.line, ()):
                other = self._passed.get((crossing.track, partner))
                if other is not None:
                    self._measure(crossing, partner, other, distance_m)
            if crossing.line in self._partners:
                self._remember(crossing)

    def take(self) -> Paces:
        """Those since the last call: movement -> class -> how many, and what a kilometre took."""
        window, self._window = self._window, {}
        return {
            movement: {
                kind: Pace(count=one.count, s_per_km=one.s_per_km / one.count)
                for kind, one in by_class.items()
            }
            for movement, by_class in window.items()
        }

    def _measure(self, crossing: Crossing, partner: str, other: _Passage, metres: float) -> None:
        took_s = crossing.passed_at - other.at
        is_later = took_s >= 0
        s_per_km = abs(took_s) / metres * 1000
        if not S_PER_KM / MOST_KMH <= s_per_km <= S_PER_KM / LEAST_KMH:
            return
        line, direction = (crossing.line, crossing.direction) if is_later else (partner, other[0])
        by_class = self._window.setdefault(f"{line}/{direction}", {})
        total = by_class.setdefault(crossing.kind, _Sum())
        total.count += 1
        total.s_per_km += s_per_km

    def _remember(self, crossing: Crossing) -> None:
        key = (crossing.track, crossing.line)
        self._passed.pop(key, None)
        self._passed[key] = _Passage(crossing.direction, crossing.passed_at)
        while len(self._passed) > MEMORY:
            del self._passed[next(iter(self._passed))]
