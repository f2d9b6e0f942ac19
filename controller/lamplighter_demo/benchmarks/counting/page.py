"""The benchmark as tables."""

from collections.abc import Callable, Sequence

from lamplighter_demo.benchmarks.counting.bench_counting import ClipRow
from lamplighter_demo.benchmarks.counting.identities import Identities
from lamplighter_demo.benchmarks.counting.movements import (
    Movement,
    absolute_error,
    mean_score,
    total_error,
)
from lamplighter_demo.benchmarks.envelopes.page import table

Rows = Sequence[ClipRow]
Cell = Callable[[Rows], str]
COLUMNS: dict[str, Cell] = {
    "error": lambda rows: f"{100 * error_of(rows):.1f} %",
    "with classes": lambda rows: f"{100 * error_of(rows, by_class=True):.1f} %",
    "total": lambda rows: f"{100 * total_error(_clips(rows)):+.1f} %",
    "score": lambda rows: f"{mean_score(_clips(rows)):.3f}",
    "IDF1": lambda rows: f"{_identities(rows).idf1:.3f}",
    "switches": lambda rows: str(_identities(rows).switches),
}


def page(rows: Rows) -> str:
    """What was counted on, each source and rate over everything, error by street and camera."""
    return (
        "\n\n".join(
            (_footage(rows), _overall(rows), _errors(rows, "street"), _errors(rows, "camera"))
        )
        + "\n"
    )


def error_of(rows: Rows, *, by_class: bool = False) -> float:
    """Sum of absolute errors over the truth, 0 upwards."""
    return absolute_error(_clips(rows), by_class=by_class)


def off_and_true(rows: Rows) -> tuple[int, int]:
    """Sum of |counted - true| of each clip and movement, and all true crossings."""
    true = sum(sum(m.true) for row in rows for m in row.movements)
    return round(error_of(rows) * max(true, 1)), true


def street_of(row: ClipRow) -> str:
    """night whatever the traffic; by day free or jam."""
    light, _, density = row.regime.split("-")
    return "night" if light == "night" else density


def sources_of(rows: Rows) -> list[tuple[str, str]]:
    """Names and sizes in order."""
    return list(dict.fromkeys((row.source, row.size) for row in rows))


def _footage(rows: Rows) -> str:
    clips = {row.clip: row for row in rows}
    true = sum(sum(m.true) for row in clips.values() for m in row.movements)
    hidden = sum(row.unseen for row in clips.values())
    cameras = ", ".join(sorted({row.camera for row in rows}))
    minutes = sum(row.seconds for row in clips.values()) / 60
    return (
        f"{len(clips)} clips, {minutes:.0f} minutes, {true} crossings, {hidden} of them of objects "
        f"that cannot be seen within a second of it. Cameras: {cameras}."
    )


def _overall(rows: Rows) -> str:
    head = ["boxes", "size", "frames/s", *COLUMNS]
    cells = [
        [source, size or "–", f"{fps:g}", *(cell(some) for cell in COLUMNS.values())]
        for source, size in sources_of(rows)
        for fps in _rates(rows)
        if (some := _of(rows, source, size, fps))
    ]
    return table(head, cells)


def _errors(rows: Rows, by: str) -> str:
    key = street_of if by == "street" else (lambda row: row.camera)
    groups = sorted({key(row) for row in rows})
    head = ["boxes", "size", "frames/s", *groups]
    cells = [
        [
            source,
            size or "–",
            f"{fps:g}",
            *(_error([r for r in some if key(r) == g]) for g in groups),
        ]
        for source, size in sources_of(rows)
        for fps in _rates(rows)
        if (some := _of(rows, source, size, fps))
    ]
    return table(head, cells)


def _error(rows: Rows) -> str:
    true = sum(sum(m.true) for row in rows for m in row.movements)
    return f"{100 * error_of(rows):.1f} % of {true}"


def _rates(rows: Rows) -> list[float]:
    return sorted({row.fps for row in rows}, reverse=True)


def _of(rows: Rows, source: str, size: str, fps: float) -> list[ClipRow]:
    return [r for r in rows if (r.source, r.size, r.fps) == (source, size, fps)]


def _clips(rows: Rows) -> list[list[Movement]]:
    return [row.movements for row in rows]


def _identities(rows: Rows) -> Identities:
    total = Identities(hits=0, true=0, tracked=0, switches=0)
    for row in rows:
        total += row.identities
    return total
