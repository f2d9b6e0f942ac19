"""How many weights of each layer stay."""

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.techniques.sparsity.allocation import allocate

SHAPES = {"wide": (256, 256, 3, 3), "narrow": (32, 32, 3, 3), "joint": (128, 256, 1, 1)}
SIZES = {"wide": 589_824, "narrow": 9_216, "joint": 32_768}


@pytest.mark.parametrize("distribution", ["uniform", "erk"])
@pytest.mark.parametrize("density", [0.05, 0.333, 0.7, 1.0])
def test_together_exactly_the_share_that_was_asked_for(distribution, density: float) -> None:
    counts = allocate(SHAPES, density, distribution)
    assert sum(counts.values()) == round(density * sum(SIZES.values()))
    assert all(0 <= counts[name] <= SIZES[name] for name in SHAPES)


def test_uniform_takes_the_same_share_of_every_layer() -> None:
    counts = allocate(SHAPES, 0.25, "uniform")
    assert counts == {name: size // 4 for name, size in SIZES.items()}


def test_erk_keeps_more_of_layers_with_few_weights_for_their_channels() -> None:
    counts = allocate(SHAPES, 0.1, "erk")
    shares = {name: counts[name] / SIZES[name] for name in SHAPES}
    # By the paper: in proportion to (out + in + height + width) / (out x in x height x width).
    assert shares["joint"] / shares["wide"] == pytest.approx(
        (386 / 32_768) / (518 / 589_824), rel=0.01
    )
    assert shares["joint"] > shares["narrow"] > shares["wide"]


def test_a_layer_that_would_have_more_than_all_is_dense() -> None:
    counts = allocate(SHAPES, 0.5, "erk")
    assert counts["narrow"] == SIZES["narrow"]
    assert counts["wide"] < 0.5 * SIZES["wide"]


@pytest.mark.parametrize("density", [0.0, -0.5, 1.5])
def test_a_density_that_is_no_share_is_refused(density: float) -> None:
    with pytest.raises(RecipeError, match="density"):
        allocate(SHAPES, density, "uniform")
