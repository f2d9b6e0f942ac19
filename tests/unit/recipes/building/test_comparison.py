"""A variant's accuracy beside its parent's."""

import numpy as np
from lamplighter_recipes.building.comparison import compare_results
from lamplighter_recipes.tasks.detection.average_precision import Matches, ap50


def _pictures(hits: list[bool]) -> list[Matches]:
    """One object each, hit or overlooked."""
    return [
        Matches(np.array([0.9 if hit else 0.6], np.float32), np.array([hit]), 1) for hit in hits
    ]


def test_a_difference_inside_the_noise_expects_the_parents_figure() -> None:
    parent = _pictures([True, False] * 10)
    lucky = _pictures([True, False] * 9 + [True, True])
    figure = compare_results(lucky, parent, ap50)
    assert figure.measured > figure.expected == round(ap50(parent), 4)
    assert figure.gain_interval[0] <= 0 <= figure.gain_interval[1]


def test_a_loss_outside_the_noise_is_expected() -> None:
    parent = _pictures([True] * 30)
    figure = compare_results(_pictures([True] * 20 + [False] * 10), parent, ap50)
    assert figure.expected == figure.measured < 1.0
    assert figure.gain_interval[1] < 0
