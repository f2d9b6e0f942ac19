"""The benchmark as a picture: error of the counts by frame rate."""

from collections.abc import Sequence
from pathlib import Path

from lamplighter_demo.benchmarks.counting.bench_counting import TRUE_BOXES, ClipRow
from lamplighter_demo.benchmarks.counting.page import error_of, sources_of, street_of


def draw(rows: Sequence[ClipRow], path: Path) -> None:
    """A panel for each kind of street, a curve for each source of boxes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    streets = sorted({street_of(row) for row in rows})
    figure, panels = pyplot.subplots(
        1, len(streets), figsize=(4.5 * len(streets), 4.2), sharey=True, squeeze=False
    )
    for axes, street in zip(panels[0], streets, strict=True):
        some = [row for row in rows if street_of(row) == street]
        for source, size in sources_of(some):
            curve = _curve([r for r in some if (r.source, r.size) == (source, size)])
            style = "k--" if source == TRUE_BOXES else "o-"
            axes.plot(*zip(*curve, strict=True), style, label=f"{source} {size}".strip(), ms=4)
        axes.set_title(street)
        axes.set_xlabel("frames per second")
        axes.grid(alpha=0.3)
    panels[0][0].set_ylim(bottom=0)  # after all curves: the panels share it
    panels[0][0].set_ylabel("error of counts, % of the crossings")
    panels[0][-1].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _curve(rows: Sequence[ClipRow]) -> list[tuple[float, float]]:
    rates = sorted({row.fps for row in rows})
    return [(fps, 100 * error_of([row for row in rows if row.fps == fps])) for fps in rates]
