"""Which boxes a street is counted by: more of them than are sure, and none twice.

Measured on footage that nothing was tuned on: a lower score finds who is half hidden, and boxes
that overlap are one road user more often than two.
"""

from collections.abc import Mapping

# Below the score from which a box is taken for an object.
LOWER = 0.1
LEAST_SCORE = 0.05
# Of two boxes that may both stay, intersection over union.
MOST_OVERLAP = 0.35
# What counts are further off without these, at least.
COST_WITHOUT = 0.02


def counting_score(thresholds: Mapping[str, float], regime: str, otherwise: float) -> float:
    """Least score of a box that is counted by, from those that boxes are shown by."""
    shown = thresholds.get(regime, thresholds.get("", otherwise))
    return max(LEAST_SCORE, round(shown - LOWER, 3))
