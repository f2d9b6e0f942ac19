"""One option of each item: enough saved, as little lost as can be."""

from itertools import product

import numpy as np
import pytest
from lamplighter_recipes.techniques.pruning.knapsack import Option, cheapest_saving


def _items(seed: int) -> list[list[Option]]:
    rng = np.random.default_rng(seed)
    return [
        [Option(0.0, 0.0)]
        + [
            Option(float(s), float(x))
            for s, x in zip(rng.integers(1, 20, 4), rng.random(4), strict=True)
        ]
        for _ in range(4)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_that_saves_enough_loses_less(seed: int) -> None:
    items, need = _items(seed), 25.0
    chosen = cheapest_saving(items, need)
    assert chosen is not None
    picked = [options[i] for options, i in zip(items, chosen, strict=True)]
    assert sum(option.saved for option in picked) >= need
    least = min(
        sum(option.lost for option in combination)
        for combination in product(*items)
        if sum(option.saved for option in combination) >= need
    )
    assert sum(option.lost for option in picked) == pytest.approx(least)


def test_what_cannot_be_saved_is_said() -> None:
    assert (
        cheapest_saving([[Option(0, 0), Option(3, 1)], [Option(0, 0), Option(4, 1)]], 8.0) is None
    )
