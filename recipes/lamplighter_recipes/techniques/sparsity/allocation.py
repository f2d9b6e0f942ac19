"""How many weights of each layer stay, so that the share of all of them is as asked for."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from lamplighter_recipes.errors import RecipeError

Distribution = Literal["uniform", "erk"]
Shapes = Mapping[str, Sequence[int]]
"""Weight tensor -> its shape."""


def allocate(shapes: Shapes, density: float, distribution: Distribution) -> dict[str, int]:
    """Weight tensor -> how many of its weights stay; together round(density x all weights).

    uniform: the same share of every layer. erk: layers are denser the fewer weights they have for
    the channels and pixels that they join (Erdős–Rényi kernel; Evci et al., RigL, ICML 2020).

    Raises:
        RecipeError: when `density` is not in (0, 1].
    """
    check_density(density)
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    shares = dict.fromkeys(shapes, density)
    if distribution == "erk":
        shares = _erdos_renyi_kernel(shapes, sizes, density)
    exact = {name: shares[name] * sizes[name] for name in shapes}
    return _rounded(exact, round(density * sum(sizes.values())))


def check_density(density: float) -> None:
    """Refuse what is no share.

    Raises:
        RecipeError: when it is not in (0, 1].
    """
    if not 0 < density <= 1:
        raise RecipeError(
            f"must be above 0 and at most 1, got {density}",
            key="density",
            remedy="give the share of weights that stay, for instance 0.5",
        )


def _erdos_renyi_kernel(
    shapes: Shapes, sizes: Mapping[str, int], density: float
) -> dict[str, float]:
    """Shares in proportion to sum over product of a shape; where that is more than all: all."""
    sparseness = {name: sum(shapes[name]) / sizes[name] for name in shapes}
    dense: set[str] = set()
    while True:
        rest = [name for name in shapes if name not in dense]
        weights = density * sum(sizes.values()) - sum(sizes[name] for name in dense)
        scale = weights / sum(sparseness[name] * sizes[name] for name in rest) if rest else 0.0
        full = [name for name in rest if scale * sparseness[name] >= 1]
        if not full:
            return {n: 1.0 if n in dense else scale * sparseness[n] for n in shapes}
        dense.update(full)


def _rounded(exact: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers that add up to the total: the largest remainders are rounded up."""
    counts = {name: math.floor(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts
