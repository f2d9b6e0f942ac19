"""Integer weights for LiteRT, arithmetic in floating point.

Saves three quarters of the bytes with 8 bits, seven eighths with 4, and no time: weights are turned
back while the network runs (Krishnamoorthi, Quantizing deep convolutional networks for efficient
inference, 2018, section 3.1.1).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lamplighter_recipes.recipe.technique_registry import technique


@dataclass(frozen=True)
class QuantizeWeightsLitertConfig:
    """`bits` of the weights."""

    bits: Literal[8, 4] = 8


@technique(QuantizeWeightsLitertConfig)
def quantize_weights_litert(
    source: Path, target: Path, config: QuantizeWeightsLitertConfig, _context: object
) -> None:
    """Write the models in `source` with integer weights to `target`."""
    from lamplighter_recipes.runtimes.litert.weights import quantize_weights

    quantize_weights(source, target, config.bits, integer_arithmetic=False)
