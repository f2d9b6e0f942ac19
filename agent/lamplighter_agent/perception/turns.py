"""Movements by entry and exit: who came by one line or zone of a crossing and left by another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lamplighter_wire.street.turns import turn_name
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_agent.perception.counting import Counts, Crossing
from lamplighter_agent.perception.tracking import COAST_S, Tracks

# Tracks remembered that have come in and not left; old ones never come back.
MEMORY = 4096


@dataclass(slots=True)
class _Turn:
    """One that has left. `kind`: the class that most of its sightings so far say."""

    name: str
    kind: str
    seen: float


class TurnCounter:
    """Counts each object once: when it is out of sight, by the class that its whole track says.

    Lines lie so that "in" leads into the crossing; a zone covers an arm, so that who leaves it
    comes into the crossing.
    """

    def __init__(self, zones: Collection[str] = ()) -> None:
        self._zones = frozenset(zones)
        self._origins: dict[int, str] = {}  # by track, of those in the crossing
        self._left: dict[int, _Turn] = {}  # by track, of those in sight still
        self._window: Counts = {}

    def update(self, crossings: Sequence[Crossing], tracks: Tracks) -> None:
        """Take in what crossed in the newest frame, and who was seen in it."""
        for crossing in crossings:
            self._pass(crossing)
        if not self._left:
            return
        kinds = {int(t): CLASSES[int(k)] for t, k in zip(tracks.ids, tracks.classes, strict=True)}
        for track, turn in list(self._left.items()):
            if track in kinds:
                turn.kind, turn.seen = kinds[track], tracks.at
            elif not 0 <= tracks.at - turn.seen <= COAST_S:
                self._count(self._left.pop(track))

    def take(self) -> Counts:
        """Turns since the last call: "from/to-there" -> class -> count."""
        window, self._window = self._window, {}
        return window

    def _pass(self, crossing: Crossing) -> None:
        track = crossing.track
        if (crossing.direction == "in") != (crossing.line in self._zones):
            self._origins.pop(track, None)
            self._origins[track] = crossing.line
            while len(self._origins) > MEMORY:
                del self._origins[next(iter(self._origins))]
            return
        origin = self._origins.pop(track, None)
        if origin is not None:
            name = turn_name(origin, crossing.line)
            self._left[track] = _Turn(name, crossing.kind, crossing.at)

    def _count(self, turn: _Turn) -> None:
        by_class = self._window.setdefault(turn.name, {})
        by_class[turn.kind] = by_class.get(turn.kind, 0) + 1
