"""At most N of every M weights."""

from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.techniques.sparsity.masks import sparse_weights
from lamplighter_recipes.techniques.sparsity.n_m_sparsity import (
    NMSparsityConfig,
    n_m_mask,
    n_m_sparsity,
)

from tests.simulators.recipe_rig import Detector
from tests.simulators.training_rig import quick_bench

pytestmark = pytest.mark.torch


def test_the_largest_of_every_four_input_channels_stay() -> None:
    weight = torch.tensor([4.0, -1.0, 3.0, 2.0, 0.1, -0.4, 0.2, 0.3]).view(1, 8, 1, 1)
    mask = n_m_mask(weight, 2, 4).flatten().tolist()
    assert mask == [True, False, True, False, False, True, False, True]


def test_groups_lie_along_the_input_channels_of_each_pixel() -> None:
    weight = torch.randn(6, 8, 3, 3, generator=torch.Generator().manual_seed(0))
    mask = n_m_mask(weight, 2, 4)
    assert mask.shape == weight.shape
    assert bool((mask.view(6, 2, 4, 3, 3).sum(2) == 2).all())


def test_a_trained_network_has_the_pattern_in_each_layer_it_fits(
    tiny: Detector, tmp_path: Path
) -> None:
    sparse = n_m_sparsity(tiny, NMSparsityConfig(n=1, m=4), quick_bench(tmp_path))
    weights = sparse_weights(sparse)
    fitting = [weight for weight in weights.values() if weight.shape[1] % 4 == 0]
    assert len(fitting) > 10
    for weight in fitting:
        groups = (weight != 0).movedim(1, -1).reshape(-1, 4).sum(1)
        assert int(groups.max()) == 1


def test_groups_that_fit_no_layer_are_refused(tiny: Detector, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="multiple of 7") as caught:
        n_m_sparsity(tiny, NMSparsityConfig(n=2, m=7), quick_bench(tmp_path))
    assert caught.value.key == "m"


@pytest.mark.parametrize(("n", "m"), [(0, 4), (4, 4), (5, 4)])
def test_senseless_patterns_are_refused(tiny: Detector, tmp_path: Path, n: int, m: int) -> None:
    with pytest.raises(RecipeError, match="makes no sense"):
        n_m_sparsity(tiny, NMSparsityConfig(n=n, m=m), quick_bench(tmp_path))
