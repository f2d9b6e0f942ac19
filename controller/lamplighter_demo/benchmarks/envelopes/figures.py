"""All figures of the benchmark, beside their goals. Pure."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TypeVar

import msgspec

from lamplighter_demo.benchmarks.envelopes.measurements import Measurements
from lamplighter_demo.benchmarks.envelopes.prediction_errors import (
    ErrorRow,
    prediction_errors,
    summary,
)
from lamplighter_demo.benchmarks.envelopes.regrets import (
    TEN,
    RegretRow,
    regrets,
    regrets_over_places,
)
from lamplighter_demo.benchmarks.envelopes.site_speed_ups import SiteSpeedRow, site_speed_ups
from lamplighter_demo.benchmarks.envelopes.speed_ups import (
    REFERENCE,
    SpeedRow,
    best_single,
    geometric_mean,
    slower_than_fp32,
    speed_ups,
)
from lamplighter_demo.benchmarks.sites.site_table import CameraRow

Row = TypeVar("Row", SpeedRow, RegretRow, SiteSpeedRow)

GOALS = {
    "slower_than_fp32": 0.0,
    "over_best_single": 1.5,
    "mean_regret": 0.05,
    "mean_regret_over_places": 0.05,
    "mean_error": 0.10,
    "share_within_tenth": 0.80,
}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Every row, so that a page shows whatever it wants of them."""

    speeds: list[SpeedRow]
    regrets: list[RegretRow]
    regrets_over_places: list[RegretRow]
    errors: list[ErrorRow]
    sites: list[SiteSpeedRow] = []


def figures_of(measurements: Measurements, cameras: Sequence[CameraRow] = ()) -> Figures:
    """From what was measured; measures nothing. `cameras`: of a run of the bench on sites."""
    return Figures(
        speeds=speed_ups(measurements),
        regrets=regrets(measurements),
        regrets_over_places=regrets_over_places(measurements),
        errors=prediction_errors(measurements),
        sites=site_speed_ups(measurements, cameras),
    )


def knowing(rows: Iterable[Row], known: str) -> list[Row]:
    """Those where the controller knew just that of the device."""
    return [row for row in rows if row.known == known]


def predictions(
    rows: Iterable[ErrorRow], *, measured: bool, left_out: bool, is_built: bool = False
) -> list[ErrorRow]:
    """After ten points or by the probe alone; of networks that are left out, before they are built
    or after, or of the others."""
    wanted = measured, left_out, is_built
    return [row for row in rows if (bool(row.known), bool(row.left_out), row.is_built) == wanted]


def mean_regret(rows: Iterable[RegretRow]) -> float:
    """Each choice alike."""
    return fmean(row.regret for row in rows)


def over(rows: Sequence[SpeedRow], way: str) -> float:
    """Geometric mean of what choosing gains over one way."""
    return geometric_mean(row.speed_up(way) for row in rows)


def results(figures: Figures, known: str) -> dict[str, float]:
    """What the goals are about, by what is known of each device."""
    speeds = knowing(figures.speeds, known)
    unbuilt = predictions(figures.errors, measured=known == TEN, left_out=True)
    built = predictions(figures.errors, measured=known == TEN, left_out=True, is_built=True)
    errors, errors_unbuilt = summary(built or unbuilt), summary(unbuilt)
    return {
        "slower_than_fp32": float(len(slower_than_fp32(speeds))),
        "over_fp32": over(speeds, REFERENCE),
        "over_best_single": over(speeds, best_single(speeds, everywhere=True)),
        "mean_regret": mean_regret(knowing(figures.regrets, known)),
        "mean_regret_over_places": mean_regret(knowing(figures.regrets_over_places, known)),
        "mean_error": errors.mean_error,
        "share_within_tenth": errors.share_within,
        "mean_error_unbuilt": errors_unbuilt.mean_error,
        "share_within_tenth_unbuilt": errors_unbuilt.share_within,
    }
