"""Expected beside true accuracy, camera by camera, as a table of the documentation."""

from collections.abc import Callable, Sequence

import numpy as np

from lamplighter_recipes.benchmarks.cameras.held_out import Expectation

HEAD = """# Accuracy before cameras that nobody labelled

Written by

```sh
lamplighter scenes dataset evaluation data/evaluation
lamplighter bench accuracy data/evaluation --cameras docs/reference/cameras.md \\
  --picture docs/images/cameras.png --keep
```

of the recipes and sets that are there, and of the shipped clips (`shipped/`).

Each camera is left out in turn: what is expected before it follows from labelled pictures of all
others, and from what a device there would report, which is the heights of its boxes and how far
they agree with those of {reference}. True is what its labels say. A row is the mean over the
regimes of which a camera has at least 60 labelled road users; in brackets: points off. The last two
columns are the error of counts in a picture, and what agreement lets expect of it.
What follows from it for plans says
[how accurate the detector is](../explanation/accuracy.md#a-camera-that-nobody-labelled).
"""
WITHIN = 0.05
# Expected by: heading and figure.
WAYS: tuple[tuple[str, Callable[[Expectation], float]], ...] = (
    ("mean of other cameras", lambda row: row.others),
    ("heights", lambda row: row.by_heights),
    ("agreement", lambda row: row.by_agreement),
)
COUNT_WAYS: tuple[tuple[str, Callable[[Expectation], float]], ...] = (
    ("mean of other cameras", lambda row: row.others_count_error),
    ("agreement", lambda row: row.count_error_by_agreement),
)
Rows = Sequence[Expectation]


def page(rows: Rows, reference: str) -> str:
    """All tables."""
    return "\n".join([HEAD.format(reference=f"`{reference}`"), _summary(rows), _table(rows)])


def by_camera(rows: Rows) -> dict[tuple[str, str], list[Expectation]]:
    """The regimes of each camera and point."""
    groups: dict[tuple[str, str], list[Expectation]] = {}
    for row in rows:
        groups.setdefault((row.camera, f"{row.variant}@{row.size}"), []).append(row)
    return groups


def mean(rows: Rows, figure: Callable[[Expectation], float]) -> float:
    """Over regimes, each alike."""
    return float(np.mean([figure(row) for row in rows]))


def errors(
    rows: Rows, figure: Callable[[Expectation], float], true: Callable[[Expectation], float]
) -> list[float]:
    """Of each camera and point, expected less true."""
    groups = by_camera(rows).values()
    return [mean(group, figure) - mean(group, true) for group in groups]


def _summary(rows: Rows) -> str:
    cameras, pairs = len({row.camera for row in rows}), len(by_camera(rows))
    return "\n".join(
        [
            "## How far off",
            "",
            f"{cameras} cameras, {pairs} pairs of camera and point; in points of AP50.",
            "",
            *_ways(rows, WAYS, lambda row: row.ap50),
            "",
            "The same of the error of counts in a picture: the sum over pictures of"
            " |boxes - road users|, over all road users, in points of it.",
            "",
            *_ways(rows, COUNT_WAYS, lambda row: row.count_error),
            "",
        ]
    )


def _ways(
    rows: Rows,
    ways: Sequence[tuple[str, Callable[[Expectation], float]]],
    true: Callable[[Expectation], float],
) -> list[str]:
    lines = [
        _line(["expected by", "mean error", "median", "worst", f"within {100 * WITHIN:.0f}"]),
        _line(["---"] * 5),
    ]
    for name, figure in ways:
        off = np.abs(errors(rows, figure, true))
        share = f"{np.mean(off <= WITHIN):.0%}"
        cells = [f"{100 * value:.1f}" for value in (off.mean(), np.median(off), off.max())]
        lines.append(_line([name, *cells, share]))
    return lines


def _table(rows: Rows) -> str:
    names = [name for name, _ in WAYS]
    titles = ["camera", "point", "pictures", "road users", "true", *names, "counts off", "expected"]
    lines = ["## Camera by camera", "", _line(titles), _line(["---"] * len(titles))]
    for (camera, point), group in by_camera(rows).items():
        counts = [str(sum(getattr(row, name) for row in group)) for name in ("pictures", "objects")]
        true = mean(group, lambda row: row.ap50)
        told = [_expected(mean(group, figure), true) for _, figure in WAYS]
        wrong = mean(group, lambda row: row.count_error)
        expected = mean(group, lambda row: row.count_error_by_agreement)
        off = [f"{wrong:.0%}", f"{expected:.0%}"]
        lines.append(_line([camera, point, *counts, f"{true:.3f}", *told, *off]))
    return "\n".join([*lines, ""])


def _expected(value: float, true: float) -> str:
    return f"{value:.3f} ({100 * (value - true):+.1f})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
