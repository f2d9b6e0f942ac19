"""The variants' benchmark as a table and as a picture."""

from pathlib import Path

from lamplighter_recipes.benchmarks.rows import Report, Row
from lamplighter_recipes.tasks.resampling import holds_zero

SAME, BELOW, ABOVE = "≈", "↓", "↑"


def markdown(report: Report) -> str:
    """The report as a page."""
    regimes = sorted({regime for row in report.rows for regime in row.ap50})
    head = [
        "variant",
        "p50 ms",
        "p95 ms",
        "size MB",
        "wire MB",
        "build s",
        "AP50 (95 %)",
        "class mAP50",
        *regimes,
    ]
    about = ", ".join(f"{key} {value}" for key, value in report.machine.items())
    lines = [
        "# Variants",
        "",
        f"At {report.size}, one thread, interleaved. AP50 with all classes merged, 95 % bootstrap"
        " interval over the held-out frames; the headline is the mean over regimes. Class mAP50"
        f" tells classes apart. {about}.",
        "",
        f"Beside its float parent on the same frames: {SAME} is inside the noise (the paired 95 %"
        f" interval holds 0), {BELOW} a loss and {ABOVE} a gain outside it; no mark: the same.",
        "",
        _line(head),
        _line(["---"] * len(head)),
        *(_line(_cells(row, regimes)) for row in report.rows),
    ]
    return "\n".join([*lines, *_gain_lines(report)]) + "\n"


def _cells(row: Row, regimes: list[str]) -> list[str]:
    plain = [
        row.name,
        f"{row.latency_p50_ms:.1f}",
        f"{row.latency_p95_ms:.1f}",
        f"{row.size_bytes / 1e6:.2f}",
        f"{row.wire_bytes / 1e6:.2f}",
        f"{row.build_seconds:.1f}",
        f"{row.headline_ap50:.3f} ({row.headline_interval[0]:.2f}–{row.headline_interval[1]:.2f})",
        f"{row.headline_class_map50:.3f}",
    ]
    return plain + [_accuracy(row, regime) for regime in regimes]


def _accuracy(row: Row, regime: str) -> str:
    low, high = row.ap50_interval.get(regime, (0.0, 0.0))
    text = f"{row.ap50.get(regime, 0.0):.3f} ({low:.2f}–{high:.2f})"
    return f"{text} {mark(row.gain_interval.get(regime, (0.0, 0.0)))}".rstrip()


def mark(gain_interval: tuple[float, float]) -> str:
    """How an accuracy lies to the parent's; empty when nothing differs at all."""
    if gain_interval == (0.0, 0.0):
        return ""
    if holds_zero(gain_interval):
        return SAME
    return BELOW if gain_interval[1] < 0 else ABOVE


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _gain_lines(report: Report) -> list[str]:
    lines = [
        "",
        "## Calibrated for a regime",
        "",
        "Gain over the universal build on the regime's frames; it pays only if the interval lies"
        " above zero.",
        "",
        _line(["recipe", "calibration", "regime", "gain", "95 %", "pays", "changed bytes"]),
        _line(["---"] * 7),
    ]
    for gain in report.gains:
        share = gain.changed_bytes / max(gain.size_bytes, 1)
        lines.append(
            _line(
                [
                    gain.recipe,
                    gain.calibration,
                    gain.regime,
                    f"{gain.gain:+.3f}",
                    f"{gain.low:+.3f} to {gain.high:+.3f}",
                    "yes" if gain.low > 0 else "no",
                    f"{gain.changed_bytes} ({share:.2%})",
                ]
            )
        )
    return lines


def draw(report: Report, path: Path) -> None:
    """Latency against accuracy; area shows bytes on the wire."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5))
    for kind, colour, below_pt in (("recipe", "#c8541b", 9), ("baseline", "#7a7a7a", -16)):
        rows = [row for row in report.rows if row.kind == kind]
        areas = [40 + row.wire_bytes / 2e4 for row in rows]
        places = [row.latency_p50_ms for row in rows], [row.headline_ap50 for row in rows]
        axes.scatter(*places, s=areas, c=colour, alpha=0.6, label=kind, edgecolors="none")
        for row in rows:
            point = (row.latency_p50_ms, row.headline_ap50)
            axes.annotate(
                row.name, point, (0, below_pt), textcoords="offset points", fontsize=8, ha="center"
            )
    axes.set_xscale("log")
    axes.margins(x=0.15, y=0.15)
    axes.set_xlabel(f"p50 latency at {report.size}, ms (log)")
    axes.set_ylabel("agnostic AP50, mean over regimes")
    axes.set_title("Variants here; area shows bytes on the wire")
    axes.legend(loc="center left")
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
