"""The benchmark as tables for a page of the documentation, and as a picture."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

from lamplighter_demo.benchmarks.envelopes.figures import (
    GOALS,
    Figures,
    knowing,
    mean_regret,
    over,
    predictions,
    results,
)
from lamplighter_demo.benchmarks.envelopes.measurements import DeviceMeasurements, Measurements
from lamplighter_demo.benchmarks.envelopes.prediction_errors import ErrorRow, summary
from lamplighter_demo.benchmarks.envelopes.regrets import PROBE, TEN
from lamplighter_demo.benchmarks.envelopes.site_speed_ups import (
    SiteSpeedRow,
    best_single_recipe,
    gains,
)
from lamplighter_demo.benchmarks.envelopes.speed_ups import (
    REFERENCE,
    SpeedRow,
    best_single,
    geometric_mean,
)

PIXELS_PER_INCH = 120


def page(measurements: Measurements, figures: Figures) -> str:
    """All tables."""
    about = ", ".join(f"{key} {value}" for key, value in measurements.machine.items())
    parts = [
        about + ".",
        _devices(measurements.devices),
        _goals(figures),
        _speeds(figures.speeds),
        *([_sites(figures.sites)] if figures.sites else []),
        _regrets(figures),
        _errors(figures.errors, measurements),
    ]
    return "\n\n".join(parts) + "\n"


def _devices(devices: Sequence[DeviceMeasurements]) -> str:
    rows = [
        [
            device.device,
            device.stands_for,
            device.capabilities.realised_by,
            str(device.probe.threads),
            ", ".join(sorted(device.capabilities.runtimes)),
            str(len(device.points)),
            str(len(device.failed)),
        ]
        for device in devices
    ]
    head = ["device", "stands for", "realised by", "threads", "runtimes", "points", "did not run"]
    return table(head, rows)


def _goals(figures: Figures) -> str:
    by_probe, after_ten = results(figures, PROBE), results(figures, TEN)
    rows = [
        [name.replace("_", " "), f"{goal:g}", f"{by_probe[name]:.3f}", f"{after_ten[name]:.3f}"]
        for name, goal in GOALS.items()
    ]
    return table(["figure", "goal", "by the probe", "after ten points"], rows)


def _speeds(speeds: Sequence[SpeedRow]) -> str:
    """After ten points, geometric means over the draws."""
    rows = knowing(speeds, TEN)
    single = best_single(rows, everywhere=True)
    references = [REFERENCE, single]
    anywhere = best_single(rows, everywhere=False)
    references += [anywhere] if anywhere not in references else []
    cells = []
    for device, network in dict.fromkeys((row.device, row.network) for row in rows):
        group = [row for row in rows if (row.device, row.network) == (device, network)]
        cells.append([device, network, *_chosen(group), *_ratios(group, references)])
    cells.append(["all", "", "", "", "", "", *_ratios(rows, references)])
    head = ["device", "network", "chosen", "ms", "fastest", "ms"]
    ratios = [f"over {way}" for way in references]
    return table([*head, *ratios, f"fastest over {single}"], cells)


def _chosen(group: Sequence[SpeedRow]) -> list[str]:
    """Of a network on a device: what draws lead to, and what measuring everything would."""
    chosen = sorted({row.chosen for row in group})
    chosen_ms = median(row.latency_ms[row.chosen] for row in group)
    fastest_ms, fastest = min((ms, way) for way, ms in group[0].latency_ms.items())
    return [", ".join(chosen), f"{chosen_ms:.1f}", fastest, f"{fastest_ms:.1f}"]


def _ratios(rows: Sequence[SpeedRow], references: Sequence[str]) -> list[str]:
    fastest = geometric_mean(
        row.latency_ms.get(references[1], row.latency_ms[REFERENCE]) / min(row.latency_ms.values())
        for row in rows
    )
    return [*(f"{over(rows, way):.2f}" for way in references), f"{fastest:.2f}"]


def _sites(rows: Sequence[SiteSpeedRow]) -> str:
    """At cameras with a parent of their own, over the one recipe that is best for all."""
    single = best_single_recipe(rows)
    lines = []
    for device in [*dict.fromkeys(row.device for row in rows), "all"]:
        of_device = [row for row in rows if device in (row.device, "all")]
        told = [gains(knowing(of_device, known), single) for known in (PROBE, TEN)]
        ratios = [told[0].chosen, told[1].chosen, told[1].fastest, told[1].fastest_of_city]
        lines.append([device, *(f"{ratio:.2f}" for ratio in ratios)])
    head = [f"times as fast as {single}", "chosen by the probe", "chosen after ten points"]
    return table([*head, "fastest", "fastest of the city's networks"], lines)


def _regrets(figures: Figures) -> str:
    rows = []
    for device in dict.fromkeys(row.device for row in figures.regrets):
        of_device = [
            [row for row in knowing(part, known) if row.device == device]
            for part in (figures.regrets, figures.regrets_over_places)
            for known in (PROBE, TEN)
        ]
        rows.append([device, *(f"{mean_regret(part):.1%}" for part in of_device)])
    head = ["device", "by the probe", "after ten points"]
    return table([*head, "over places, by the probe", "over places, after ten points"], rows)


def _errors(rows: Sequence[ErrorRow], measurements: Measurements) -> str:
    kinds = [
        (measured, left_out, is_built)
        for left_out, is_built in ((False, False), (True, False), (True, True))
        for measured in (False, True)
    ]

    def cells(chosen: Callable[[ErrorRow], bool]) -> list[str]:
        groups = [
            [r for r in predictions(rows, measured=m, left_out=left, is_built=b) if chosen(r)]
            for m, left, b in kinds
        ]
        return [_summed(group) for group in groups]

    lines = [
        [device.device, *cells(lambda row, name=device.device: row.device == name)]  # type: ignore[misc]
        for device in measurements.devices
    ]
    lines += [
        [network, *cells(lambda row, name=network: row.network == name)]  # type: ignore[misc]
        for network in measurements.networks
    ]
    lines.append(["all", *cells(lambda _: True)])
    head = ["", "by the probe", "after ten points"]
    head += ["network left out, by the probe", "network left out, after ten"]
    return table([*head, "once built, by the probe", "once built, after ten"], lines)


def _summed(rows: Sequence[ErrorRow]) -> str:
    if not rows:
        return ""
    errors = summary(rows)
    return f"{errors.mean_error:.1%} ({errors.share_within:.0%})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def draw(figures: Figures, path: Path) -> None:
    """What choosing gains on each device, and predicted beside measured latencies."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 5))
    _draw_speeds(left, knowing(figures.speeds, TEN))
    unbuilt = predictions(figures.errors, measured=True, left_out=True)
    built = predictions(figures.errors, measured=True, left_out=True, is_built=True)
    _draw_errors(right, built or unbuilt)
    figure.tight_layout()
    figure.savefig(path, dpi=PIXELS_PER_INCH)
    pyplot.close(figure)


def _draw_speeds(axes: "Axes", rows: Sequence[SpeedRow]) -> None:  # type: ignore[name-defined]  # noqa: F821
    devices = list(dict.fromkeys(row.device for row in rows))
    single = best_single(rows, everywhere=True)
    gains = [[row for row in rows if row.device == device] for device in devices]
    best = [
        geometric_mean(r.latency_ms[REFERENCE] / min(r.latency_ms.values()) for r in g)
        for g in gains
    ]
    bars = {
        f"{single} everywhere": [over(g, REFERENCE) / over(g, single) for g in gains],
        "chosen by the planner": [over(g, REFERENCE) for g in gains],
        "fastest there is": best,
    }
    colours = ("#7a7a7a", "#c8541b", "#3b6ea5")
    for number, ((label, values), colour) in enumerate(zip(bars.items(), colours, strict=True)):
        places = [place + 0.27 * (number - 1) for place in range(len(devices))]
        axes.bar(places, values, 0.25, label=label, color=colour)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_xticks(range(len(devices)), devices, rotation=20)
    axes.set_ylabel("times as fast as fp32, mean over networks")
    axes.set_ylim(top=1.25 * max(best))
    axes.legend(fontsize=8, loc="upper right")


def _draw_errors(axes: "Axes", rows: Sequence[ErrorRow]) -> None:  # type: ignore[name-defined]  # noqa: F821
    ends = [min(row.measured_ms for row in rows), max(row.measured_ms for row in rows)]
    for device in dict.fromkeys(row.device for row in rows):
        of_device = [row for row in rows if row.device == device]
        places = [r.measured_ms for r in of_device], [r.predicted_ms for r in of_device]
        axes.scatter(*places, s=8, alpha=0.4, label=device, edgecolors="none")
    axes.plot(ends, ends, color="black", linewidth=0.8)
    for factor in (0.9, 1.1):
        axes.plot(ends, [factor * end for end in ends], color="black", linewidth=0.5, dashes=(4, 4))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("measured, ms")
    axes.set_ylabel("predicted after ten points of other networks, ms")
    axes.legend(fontsize=8)
