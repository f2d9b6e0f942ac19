"""The variants' benchmark as a page of tables."""

from lamplighter_recipes.benchmarks.variants.rows import SAME_AP50, SAME_LATENCY, Report, Rival, Row
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
        "memory MB",
        "build s",
        "AP50 (95 %)",
        "class mAP50",
        *regimes,
    ]
    about = ", ".join(f"{key} {value}" for key, value in report.machine.items())
    lines = [
        "# Variants",
        "",
        f"At {report.size}{_other_sizes(report)}, one thread, in turns; milliseconds and seconds"
        " are of processor time. AP50 with all classes merged, 95 % bootstrap interval over the"
        " held-out frames; the headline is the mean over regimes. Class mAP50 tells classes apart."
        f" {about}.",
        "",
        f"Beside its float parent on the same frames: {SAME} is inside the noise (the paired 95 %"
        f" interval holds 0), {BELOW} a loss and {ABOVE} a gain outside it; no mark: the same.",
        "",
        _line(head),
        _line(["---"] * len(head)),
        *(_line(_cells(row, regimes)) for row in report.rows),
    ]
    return "\n".join([*lines, *_rival_lines(report), *_gain_lines(report)]) + "\n"


def _other_sizes(report: Report) -> str:
    """Of networks that take another size."""
    others = sorted({(r.parent, r.size) for r in report.rows if r.size != report.size})
    return "".join(f", {parent} at {size}" for parent, size in others)


def _rival_lines(report: Report) -> list[str]:
    met = sum(rival.is_met for rival in report.rivals)
    head = ["baseline", "AP50", "p50 ms", "quickest recipe that is no less accurate"]
    head += ["AP50", "p50 ms", "times as fast"]
    return [
        "",
        "## Beside other tools",
        "",
        f"For {met} of {len(report.rivals)} a recipe of the same parent is at least as fast, within"
        f" {SAME_LATENCY:.0%}, and no less accurate, within {100 * SAME_AP50:.1f} points.",
        "",
        _line(head),
        _line(["---"] * len(head)),
        *(_line(_rival_cells(rival)) for rival in report.rivals),
        *_failures(report),
    ]


def _failures(report: Report) -> list[str]:
    lines = [f"- {name}: `{reason}`" for name, reason in report.failed.items()]
    return ["", "Tools that could make nothing of a network:", "", *lines] if lines else []


def _rival_cells(rival: Rival) -> list[str]:
    row, ours = rival.row, rival.ours
    cells = [row.name, f"{row.headline_ap50:.3f}", f"{row.latency_p50_ms:.1f}"]
    if ours is None:
        return [*cells, "none", "", "", ""]
    figures = [f"{ours.headline_ap50:.3f}", f"{ours.latency_p50_ms:.1f}", f"{rival.speed_up:.2f}"]
    return [*cells, ours.name, *figures]


def _cells(row: Row, regimes: list[str]) -> list[str]:
    plain = [
        row.name,
        f"{row.latency_p50_ms:.1f}",
        f"{row.latency_p95_ms:.1f}",
        f"{row.size_bytes / 1e6:.2f}",
        f"{row.wire_bytes / 1e6:.2f}",
        f"{row.memory_bytes / 1e6:.0f}",
        f"{row.build_seconds:.1f}",
        f"{row.headline_ap50:.3f} ({row.headline_interval[0]:.2f}–{row.headline_interval[1]:.2f})",
        f"{row.headline_class_map50:.3f}" if row.class_map50 else "",
    ]
    return plain + [_accuracy(row, regime) for regime in regimes]


def _accuracy(row: Row, regime: str) -> str:
    if regime not in row.ap50:
        return ""  # none of its frames are of that
    low, high = row.ap50_interval.get(regime, (0.0, 0.0))
    text = f"{row.ap50[regime]:.3f} ({low:.2f}–{high:.2f})"
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
