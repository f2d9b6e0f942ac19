"""The benchmark of the day as tables, and as a picture."""

from collections.abc import Sequence
from pathlib import Path

from lamplighter_demo.benchmarks.day.arms import FIXED, TOGETHER
from lamplighter_demo.benchmarks.day.bench_day import DayFigures
from lamplighter_demo.benchmarks.day.day_rows import (
    DayRow,
    less_energy,
    more_error_between,
    over_devices,
    total_error,
    total_joules,
)
from lamplighter_demo.benchmarks.day.moving_limits import LIMITS
from lamplighter_demo.benchmarks.envelopes.page import table

PIXELS_PER_INCH = 110


def day_page(figures: DayFigures) -> str:
    """All factors over the devices, each device, what the sites' parents took, and the day on which
    limits move."""
    bound = figures.bound
    parts = [_factors(figures.rows), _devices(figures.rows), _sites(figures)]
    parts += [_limits(bound), _factors(bound), _devices(bound)] if bound else []
    return "\n\n".join(parts) + "\n"


def _limits(rows: Sequence[DayRow]) -> str:
    """What moves on each device."""
    cells = [
        [
            device,
            limit.why,
            f"{100 * limit.usual:.0f} %",
            f"{100 * limit.tight:.0f} %",
            ", ".join(map(str, sorted(limit.tight_hours))),
        ]
        for device in dict.fromkeys(row.device for row in rows)
        for limit in (LIMITS[device],)
    ]
    head = ["device", "what moves", "of its core, usually", "in tight hours", "these"]
    return table(head, cells)


def _factors(rows: Sequence[DayRow]) -> str:
    arms, fixed = over_devices(rows), _fixed(rows)
    least = total_error(arms[FIXED])
    cells = [
        [
            arm,
            f"{total_joules(some):.0f}",
            f"{less_energy(some, fixed):.2f}x",
            f"{100 * total_error(some):.1f} %",
            _more(total_error(some) - least, some, arms[FIXED]),
            f"{sum(row.frames for row in some) / 1000:.0f}",
            f"{sum(row.rested for row in some) / 1000:.0f}",
            f"{sum(row.trials_s * row.watts for row in some):.1f}",
        ]
        for arm, some in arms.items()
    ]
    head = ["served", "J above idle, estimated", "less energy", "count error", "points, at 95 %"]
    head += ["frames, thousands", "rested, thousands", "of it J of trials"]
    return table(head, cells)


def _more(more: float, rows: Sequence[DayRow], fixed: Sequence[DayRow]) -> str:
    low, high = more_error_between(rows, fixed)
    return f"{100 * more:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _devices(rows: Sequence[DayRow]) -> str:
    fixed = _fixed(rows)
    cells = [
        [
            row.device,
            row.camera,
            row.arm,
            "; ".join(dict.fromkeys("; ".join(row.settings.values()).split("; "))),
            f"{row.joules:.0f}",
            f"{less_energy([row], fixed):.2f}x",
            f"{100 * row.error:.1f} %",
            f"{100 * (row.error - fixed[row.device].error):+.1f}",
        ]
        for row in rows
    ]
    head = ["device", "camera", "served", "by", "J", "less energy", "count error", "points"]
    return table(head, cells)


def _sites(figures: DayFigures) -> str:
    cells = [
        [
            site.camera,
            "kept" if site.kept else "not kept",
            f"{site.seconds:.0f}",
            f"{site.agreement[0]:.3f} to {site.agreement[1]:.3f}",
        ]
        for site in figures.sites
    ]
    head = ["camera", "parent of its own", "s of the controller, by the clock"]
    return table([*head, "agreement with the teacher"], cells)


def _fixed(rows: Sequence[DayRow]) -> dict[str, DayRow]:
    return {row.device: row for row in rows if row.arm == FIXED}


def draw_day(figures: DayFigures, path: Path) -> None:
    """What each factor takes of the fixed choice's energy, and the day's course of it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    arms, fixed = over_devices(figures.rows), _fixed(figures.rows)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2))
    left.barh(list(arms), [1 / less_energy(some, fixed) for some in arms.values()])
    for place, some in enumerate(arms.values()):
        left.text(0.01, place, f"{100 * total_error(some):.1f} % off", va="center", fontsize=8)
    left.invert_yaxis()
    left.set_xlabel("energy above idle, of the best fixed choice's")
    for arm in (FIXED, TOGETHER):
        right.step(range(24), _by_hour_j(arms[arm]), where="post", label=arm)
    right.set_xlabel("hour of the day")
    right.set_ylabel("J above idle in the hour, six devices")
    right.legend(fontsize=8)
    right.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=PIXELS_PER_INCH)
    pyplot.close(figure)


def _by_hour_j(rows: Sequence[DayRow]) -> list[float]:
    return [sum(row.by_hour_s[hour] * row.watts for row in rows) for hour in range(24)]
