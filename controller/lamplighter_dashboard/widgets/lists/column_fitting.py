"""Which columns of a table stay, and how wide, where there is little room. Pure."""

from collections.abc import Sequence

LEAST_CELLS = 14
"""What is cut keeps so many cells, unless its texts are shorter."""


def fitted(
    widths: Sequence[int],
    room: int,
    cut: Sequence[int],
    dropped: Sequence[int],
    spare: Sequence[int] = (),
    around: int = 0,
) -> list[int]:
    """Width of each column in cells, so that all of them fit; 0: it is left out.

    Args:
        widths: what the texts of each need.
        room: cells that there are.
        cut: columns whose texts may be cut; they share what the others leave.
        dropped: columns that are left out where cutting is not enough, the first one first.
        spare: columns that are left out before anything is cut, the first one first.
        around: blank cells beside each column.
    """
    kept = set(range(len(widths)))
    for column in spare:
        if sum(widths[i] + around for i in kept) > room:
            kept.discard(column)
    for further in (None, *dropped):
        kept.discard(-1 if further is None else further)
        found = _shared(widths, room, [i for i in cut if i in kept], kept, around)
        if found is not None:
            return found
    return [width if i in kept else 0 for i, width in enumerate(widths)]


def _shared(
    widths: Sequence[int], room: int, cut: Sequence[int], kept: set[int], around: int
) -> list[int] | None:
    """None: even cut they do not fit."""
    left = room - sum(widths[i] for i in kept if i not in cut) - around * len(kept)
    found = [width if i in kept else 0 for i, width in enumerate(widths)]
    for number, i in enumerate(sorted(cut, key=lambda i: widths[i])):
        found[i] = min(widths[i], max(left, 0) // (len(cut) - number))
        left -= found[i]
        if found[i] < min(widths[i], LEAST_CELLS):
            return None
    return found if left >= 0 else None
