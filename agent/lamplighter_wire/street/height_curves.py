"""What a detector finds by height, and what follows from it before a camera: whom its boxes stand
for, and which accuracy to expect there."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.street.camera_figures import ALL, HeightCurve
from lamplighter_wire.street.object_heights import BINS

# Lower edges of the levels of score that boxes are counted by.
LEVELS = np.round(np.arange(0.05, 1.0, 0.05), 2)
# Bins of those that stand free, then of those that are covered in part.
CELLS = 2 * BINS
# So many road users of all regimes stand behind the figure of one regime.
PRIOR = 30.0
# A cell with fewer tells nothing by itself.
LEAST_TRUTHS = 10
# Of a road user, boxes at a score: rarer ones would be multiplied without end.
LEAST_SEEN = 0.15
RECALLS = np.linspace(0, 1, 101)

Floats = NDArray[np.float64]


class Rates(NamedTuple):
    """Of each road user of a cell: found with a box of each level [CELLS, levels], and boxes that
    hit nothing, by the bin of both alike [CELLS, levels]."""

    found: Floats
    alarms: Floats

    def seen(self, score: float) -> Floats:
        """Boxes of at least this score for each road user: [CELLS]."""
        share = _from_level(score)
        return np.asarray(((self.found + self.alarms) * share).sum(1))


def levels_of(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The level of each score [n]; lower ones than the first are of the first."""
    places = np.searchsorted(LEVELS, scores + 1e-6, side="right") - 1
    return np.clip(places, 0, len(LEVELS) - 1).astype(np.int64)


def rates_in(curves: Mapping[str, HeightCurve], regime: str) -> Rates:
    """In a regime, leaning on all regimes together; of one that was not measured these alone."""
    usual = _usual(curves[ALL])
    own = curves.get(regime) if regime != ALL else None
    if own is None:
        return usual
    truths = _column(own.truths)
    found = np.array(own.hits, float) + PRIOR * usual.found
    alarms = _alarms(own) * _part_of_bin(own) + PRIOR * usual.alarms
    return Rates(found / (truths + PRIOR), alarms / (truths + PRIOR))


def road_users(rates: Rates, boxes: Floats, score: float) -> Floats:
    """Whom boxes by cell [CELLS] stand for, that a point showed at a score: [CELLS]."""
    return np.asarray(boxes / np.maximum(rates.seen(score), LEAST_SEEN))


def ap50_over(rates: Rates, users: Floats) -> float:
    """Average precision of who answers at these rates, where road users by cell [CELLS] pass.

    COCO's 101 points, along a line between the levels.
    """
    total = float(users.sum())
    if total <= 0:
        return 0.0
    hits = np.concatenate([[0.0], np.cumsum((users @ rates.found)[::-1])])
    alarms = np.concatenate([[0.0], np.cumsum((users @ rates.alarms)[::-1])])
    wanted = RECALLS * total
    wrong = np.interp(wanted, hits, alarms)
    precision = np.where(wanted <= hits[-1], wanted / np.maximum(wanted + wrong, 1e-9), 0.0)
    precision[0] = precision[1]
    return float(np.maximum.accumulate(precision[::-1])[::-1].mean())


def _usual(curve: HeightCurve) -> Rates:
    """Of all regimes; a cell of too few as the nearest of its half that has enough."""
    truths = np.array(curve.truths, float)
    near = _with_enough(truths)
    pooled = np.maximum(truths, 1.0)[:, None]
    found, alarms = np.array(curve.hits, float) / pooled, _alarms(curve) * _part_of_bin(curve)
    return Rates(found[near], (alarms / pooled)[near])


def _with_enough(truths: Floats) -> NDArray[np.int64]:
    """For each cell the nearest of its half with LEAST_TRUTHS; itself, where there is none."""
    places = np.arange(CELLS)
    near = places.copy()
    for half in (places < BINS, places >= BINS):
        known = places[half & (truths >= LEAST_TRUTHS)]
        if len(known):
            near[half] = known[np.abs(places[half][:, None] - known[None]).argmin(1)]
    return near


def _alarms(curve: HeightCurve) -> Floats:
    """By bin and level, for those that stand free and those that are covered alike: [CELLS, n]."""
    return np.tile(np.array(curve.alarms, float), (2, 1))


def _part_of_bin(curve: HeightCurve) -> Floats:
    """Share of a bin's road users that are of a cell: [CELLS, 1]."""
    truths = np.array(curve.truths, float).reshape(2, BINS)
    return np.asarray((truths / np.maximum(truths.sum(0), 1.0)).reshape(CELLS, 1))


def _column(values: list[int]) -> Floats:
    return np.array(values, float)[:, None]


def _from_level(score: float) -> Floats:
    """Of each level, the part of its scores that reaches this one: [levels]."""
    step = LEVELS[1] - LEVELS[0]
    return np.asarray(np.clip((LEVELS + step - score) / step, 0.0, 1.0))
