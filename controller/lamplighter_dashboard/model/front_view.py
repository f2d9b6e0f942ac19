"""The points of a device as they are looked at: letters, order, marks. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from lamplighter_client.documents import FleetRow
from lamplighter_client.documents.making.fronts import Front, FrontPoint
from lamplighter_client.making.costs import Cost, accuracy_of, drawable, front_of, name_of

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_COMPARED = 2


@dataclass(frozen=True)
class FrontView:
    """One reading, and what accuracy is paid with."""

    front: Front
    cost: Cost = Cost.LATENCY
    best: Sequence[FrontPoint] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "best", front_of(self.front.points, self.cost))

    @property
    def letters(self) -> dict[str, str]:
        """Of the points that no other beats, by their name: the cheapest is a."""
        return {name_of(p): letter for p, letter in zip(self.best, LETTERS, strict=False)}

    @property
    def rows(self) -> list[FrontPoint]:
        """Those first, then what may run by accuracy, then what may not."""
        letters = self.letters
        return sorted(
            self.front.points,
            key=lambda p: (
                letters.get(name_of(p), "~"),
                bool(p.rejected_because),
                -accuracy_of(p),
                name_of(p),
            ),
        )

    @property
    def drawn(self) -> list[FrontPoint]:
        """Those that have a place in the picture."""
        return drawable(self.front.points, self.cost)

    def named(self, name: str) -> FrontPoint | None:
        """A point by its name."""
        return next((point for point in self.front.points if name_of(point) == name), None)

    def limit(self) -> float:
        """Of the cost; 0: none."""
        return self.front.limits.latency_p95_ms if self.cost is Cost.LATENCY else 0.0


def marked(before: Sequence[str], name: str) -> list[str]:
    """Marks, with one more or one less; of more than two the oldest goes."""
    if name in before:
        return [one for one in before if one != name]
    return [*before, name][-MOST_COMPARED:]


def classes(rows: Iterable[FleetRow]) -> list[list[str]]:
    """Devices by class of hardware, the largest class first; those that tell none are left out."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.hardware:
            found.setdefault(row.hardware, []).append(row.id)
    return sorted((sorted(names) for names in found.values()), key=lambda n: (-len(n), n[0]))


def prefixed(names: Collection[str], text: str) -> str | None:
    """The first by name that begins so."""
    return next((name for name in sorted(names) if name.startswith(text)), None)
