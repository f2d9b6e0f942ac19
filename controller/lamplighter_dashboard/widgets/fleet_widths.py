"""Which columns of the fleet's table there is room for, and how wide each is, in cells. Pure."""

from collections.abc import Iterable, Sequence

from lamplighter_client.documents import FleetRow
from rich.cells import cell_len

from lamplighter_dashboard.widgets.fleet_columns import Column

GAP = 1
MOST = 60
"""No column is wider, however much room there is."""


def widths(columns: Sequence[Column], rows: Iterable[FleetRow], now: float) -> list[int]:
    """Of each column, so that its texts have room."""
    found = [column.width or len(column.title) for column in columns]
    open_ended = [i for i, column in enumerate(columns) if not column.width]
    for row in rows:
        for i in open_ended:
            found[i] = max(found[i], cell_len(columns[i].cell(row, now)[0]))
    return [
        min(width, column.most) if not column.width else width
        for width, column in zip(found, columns, strict=True)
    ]


def whole_widths(columns: Sequence[Column], rows: Iterable[FleetRow], now: float) -> list[int]:
    """Of each column, so that nothing of its texts is cut, up to `MOST`."""
    found = [column.width or len(column.title) for column in columns]
    for row in rows:
        for i, column in enumerate(columns):
            if column.whole or not column.width:
                found[i] = max(found[i], cell_len(column.text(row, now)[0]))
    return [min(width, MOST) for width in found]


def widened(
    columns: Sequence[Column],
    shown: Sequence[int],
    wide: Sequence[int],
    whole: Sequence[int],
    room: int,
) -> list[int]:
    """What remains of the room goes to the columns that need it, those with a low rank first."""
    found = list(wide)
    left = room - sum(wide[i] + GAP for i in shown) + GAP
    for i in sorted(shown, key=lambda i: (columns[i].rank, i)):
        more = max(0, whole[i] - wide[i])
        if columns[i].whole and more > left:
            continue  # a part of it would say nothing
        found[i] += min(more, max(0, left))
        left -= min(more, max(0, left))
    return found


def fitting(columns: Sequence[Column], wide: Sequence[int], room: int) -> list[int]:
    """Indices of the columns that there is room for: those with a low rank first."""
    kept: list[int] = []
    for i in sorted(range(len(columns)), key=lambda i: (columns[i].rank, i)):
        if sum(wide[j] + GAP for j in [*kept, i]) - GAP <= room:
            kept.append(i)
    return sorted(kept)
