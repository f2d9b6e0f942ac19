"""Turning movements and the peak hour, as traffic counts are read. Pure.

The peak hour is the four consecutive quarters with the most vehicles; its factor is their volume
over four times that of the largest quarter (Highway Capacity Manual, peak hour factor).
"""

from collections.abc import Sequence
from dataclasses import dataclass

QUARTER_S = 900
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Quarter:
    """The vehicles of a quarter of an hour; None: it was not wholly watched."""

    start: float
    volume: int | None


@dataclass(frozen=True, slots=True)
class PeakHour:
    """`factor` is between 0.25 (all in one quarter) and 1 (alike)."""

    start: float
    volume: int
    factor: float


def peak_hour(quarters: Sequence[Quarter]) -> PeakHour | None:
    """Of quarters in the order of time; None: no hour was wholly watched, or nothing came."""
    hours = [
        (sum(volumes), -first.start, volumes)
        for n, first in enumerate(quarters)
        if (volumes := _hour(quarters[n : n + QUARTERS])) is not None
    ]
    volume, start, volumes = max(hours, default=(0, 0.0, []))
    if not volume:
        return None
    return PeakHour(-start, volume, volume / (QUARTERS * max(volumes)))


def _hour(quarters: Sequence[Quarter]) -> list[int] | None:
    """Volumes of four quarters that follow each other; None where one is missing."""
    volumes = [quarter.volume for quarter in quarters if quarter.volume is not None]
    follows = all(
        quarter.start == quarters[0].start + n * QUARTER_S for n, quarter in enumerate(quarters)
    )
    return volumes if follows and len(volumes) == QUARTERS else None
