"""Values of a layer, of its size, or of groups of its channels."""

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.techniques.clustering.sharing import Sharing, share_values, sharing_for


def _weights(channels: int = 64) -> np.ndarray:
    random = np.random.default_rng(0)
    scales = random.uniform(0.1, 3, (channels, 1, 1, 1))
    return (scales * random.normal(size=(channels, 16, 3, 3))).astype(np.float32)


def test_a_large_layer_has_fewer_values_than_a_small_one() -> None:
    weights = _weights()
    large = Sharing(entries=16, small_entries=128, small_layer=weights.size)
    small = Sharing(entries=16, small_entries=128, small_layer=weights.size + 1)
    assert len(np.unique(share_values(weights, large))) == 16
    assert 64 < len(np.unique(share_values(weights, small))) <= 128


def test_groups_of_channels_have_values_of_their_own_and_lose_less() -> None:
    weights = _weights()
    whole, parts = (Sharing(16, 16, groups=groups, rounds=20) for groups in (1, 8))
    shared = share_values(weights, parts)
    assert all(len(np.unique(group)) <= 16 for group in np.split(shared, 8))
    assert len(np.unique(shared)) > 16
    assert _error(weights, shared) < 0.9 * _error(weights, share_values(weights, whole))


def _error(weights: np.ndarray, shared: np.ndarray) -> float:
    return float(((weights - shared) ** 2).mean())


def test_a_layer_that_does_not_divide_into_groups_stays_whole() -> None:
    shared = share_values(_weights(63), Sharing(16, 16, groups=8))
    assert len(np.unique(shared)) <= 16


def test_how_many_values_follows_from_the_runtime_unless_it_is_said() -> None:
    assert sharing_for(Sharing(), "onnxruntime").entries == 64
    assert sharing_for(Sharing(entries=16), "onnxruntime").entries == 16


@pytest.mark.parametrize(
    "changes", [{"entries": 1}, {"small_entries": 257}, {"groups": 0}, {"rounds": 0}]
)
def test_numbers_out_of_range_are_refused_by_name(changes: dict[str, int]) -> None:
    with pytest.raises(RecipeError) as raised:
        sharing_for(Sharing(**changes), "onnxruntime")
    assert raised.value.key == next(iter(changes))
