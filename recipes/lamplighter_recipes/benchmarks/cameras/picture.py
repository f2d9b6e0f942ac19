"""Expected against true accuracy as a picture."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lamplighter_recipes.benchmarks.cameras.held_out import Expectation
from lamplighter_recipes.benchmarks.cameras.page import WAYS, WITHIN, Rows, by_camera, mean

PANEL_INCHES = 4.6


def draw(rows: Rows, path: Path) -> None:
    """A panel for each way to expect, a dot for each camera and point."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    size = PANEL_INCHES * len(WAYS), PANEL_INCHES
    figure, panels = pyplot.subplots(1, len(WAYS), figsize=size, sharex=True, sharey=True)
    for axes, (name, way) in zip(panels, WAYS, strict=True):
        _panel(axes, name, rows, way)
    panels[0].set_ylabel("expected AP50")
    panels[-1].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _panel(axes: Any, name: str, rows: Rows, way: Callable[[Expectation], float]) -> None:
    groups = list(by_camera(rows).values())
    points = sorted({f"{group[0].variant}@{group[0].size}" for group in groups})
    for point in points:
        own = [group for group in groups if f"{group[0].variant}@{group[0].size}" == point]
        true = [mean(group, lambda row: row.ap50) for group in own]
        axes.scatter(true, [mean(group, way) for group in own], s=12, alpha=0.7, label=point)
    ends = (0.2, 1.0)
    axes.plot(ends, ends, "k-", lw=0.8)
    for shift in (-WITHIN, WITHIN):
        axes.plot(ends, [end + shift for end in ends], "k:", lw=0.8)
    axes.set_title(f"by {name}")
    axes.set_xlabel("true AP50")
    axes.grid(alpha=0.3)
