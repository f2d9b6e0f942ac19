"""How canaries changed beside the control group, with an interval of each. Pure.

The interval is that of the median by order statistics (Thompson 1936): it asks for no distribution
and holds the median with at least 95 % where there are six values or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

from lamplighter_controller.domain.rollouts.gates import (
    FIGURES,
    RELATIVE,
    GateState,
    Tolerances,
    Watch,
    changes,
    figure_state,
)

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Changed:
    """Of one group: the median of what changed, and between what it lies; `looks`: how many blocks
    of windows say so. Higher is worse; the interval is None of less than six."""

    median: float
    low: float | None
    high: float | None
    looks: int


@dataclass(frozen=True)
class CanaryFigure:
    """One figure of canaries and of the control group; None: not told. `is_share`: a change is a
    share of what it was before."""

    name: str
    is_share: bool
    tolerance: float
    state: GateState
    canaries: Changed | None
    control: Changed | None


def canary_figures(
    canaries: Sequence[Watch],
    control: Sequence[Watch],
    tolerances: Tolerances,
    figures: Sequence[str] = FIGURES,
) -> list[CanaryFigure]:
    """All figures that a canary has told before and since."""
    found = []
    for name in figures:
        tolerance = float(getattr(tolerances, name))
        state = figure_state(name, canaries, control, tolerance)
        if state is not None:
            own, others = _changed(name, canaries), _changed(name, control)
            found.append(CanaryFigure(name, name in RELATIVE, tolerance, state, own, others))
    return found


def _changed(name: str, watches: Sequence[Watch]) -> Changed | None:
    values = sorted(change for watch in watches for change in changes(name, watch))
    if not values:
        return None
    low, high = median_interval(values) or (None, None)
    return Changed(median(values), low, high, len(values))


def median_interval(ordered: Sequence[float]) -> tuple[float, float] | None:
    """Between which values the median lies with the confidence; None: there are too few."""
    n = len(ordered)
    outside, left_out = 0.0, -1
    for k in range(n // 2):
        outside += 2.0 * comb(n, k) / 2.0**n
        if outside > 1.0 - CONFIDENCE:
            break
        left_out = k
    return None if left_out < 0 else (ordered[left_out], ordered[n - 1 - left_out])
