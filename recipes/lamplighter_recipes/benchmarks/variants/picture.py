"""The variants' benchmark as a picture: what is quick, what is accurate, what is small."""

from pathlib import Path
from typing import Any

from lamplighter_recipes.benchmarks.variants.rows import Report, Row

COLOURS = {"recipe": "#c8541b", "baseline": "#7a7a7a"}
PANEL_INCHES = (6.0, 6.5)


def draw(report: Report, path: Path) -> None:
    """A panel for each parent, latency against accuracy; area shows bytes on the wire."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parents = sorted({row.parent for row in report.rows})
    width, height = PANEL_INCHES
    figure, panels = pyplot.subplots(
        1, len(parents), figsize=(width * len(parents), height), squeeze=False
    )
    for axes, parent in zip(panels[0], parents, strict=True):
        _panel(axes, parent, [row for row in report.rows if row.parent == parent])
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _panel(axes: Any, parent: str, rows: list[Row]) -> None:
    """Points with numbers, named in the legend: names beside the points would hide each other."""
    for number, row in enumerate(sorted(rows, key=lambda row: row.latency_p50_ms), 1):
        place = row.latency_p50_ms, row.headline_ap50
        name = row.name.removesuffix(f" ({parent})")
        area = 60 + row.wire_bytes / 2e4
        options = {"s": area, "c": COLOURS[row.kind], "alpha": 0.6, "edgecolors": "none"}
        axes.scatter(*place, label=f"{number}  {name}", **options)
        side = -9 if number % 2 else 9  # neighbours differ little: above and below in turns
        axes.annotate(str(number), place, (0, side), textcoords="offset points", ha="center")
    axes.set_xscale("log")
    for axis_part in ("major", "minor"):
        getattr(axes.xaxis, f"set_{axis_part}_formatter")("{x:g}")
    axes.tick_params(axis="x", which="both", labelsize=8)
    axes.margins(x=0.1, y=0.15)
    axes.set_xlabel(f"median processor time at {rows[0].size}, ms (log)")
    axes.set_ylabel("agnostic AP50, mean over regimes")
    axes.set_title(f"{parent}: recipes and baselines; area: bytes on the wire")
    axes.grid(alpha=0.3)
    legend = axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, fontsize=8, frameon=False
    )
    for handle in legend.legend_handles:
        handle.set_sizes([40.0])
