"""How movements are named: what crossed a line or zone, and who went from one to another."""

from collections.abc import Mapping

TO = "to-"


def turn_name(origin: str, destination: str) -> str:
    """Of who came by one and left by the other: "west/to-north"."""
    return f"{origin}/{TO}{destination}"


def is_turn(movement: str) -> bool:
    """Whether a movement goes from one line or zone to another, rather than over one."""
    return movement.rpartition("/")[2].startswith(TO)


def crossings(counts: Mapping[str, Mapping[str, int]]) -> int:
    """All that crossed a line or zone, of counts by movement and class: who turned has crossed two,
    and is not counted once more."""
    crossed = (by_class for movement, by_class in counts.items() if not is_turn(movement))
    return sum(number for by_class in crossed for number in by_class.values())
