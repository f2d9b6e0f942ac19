"""Integer weights for onnxruntime, arithmetic in floating point.

8 bits: convolutions and matrices, turned back in every run: three quarters fewer bytes on the wire
and on disk, and more time than floats take, 1.4 times here. 4 bits: matrices alone, in blocks
(`MatMulNBits`, as in Dettmers & Zettlemoyer, The case for 4-bit precision, ICML 2023); onnxruntime
has no convolution of 4 bits.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.runtimes.onnxruntime.quantizing.weights import (
    eight_bit_weights,
    four_bit_matrices,
)


@dataclass(frozen=True)
class QuantizeWeightsConfig:
    """`bits` of the weights; `block`: how many of a matrix share a scale at 4 bits."""

    bits: Literal[8, 4] = 8
    block: Literal[16, 32, 64, 128] = 32


@technique(QuantizeWeightsConfig)
def quantize_weights(
    source: Path, target: Path, config: QuantizeWeightsConfig, _context: object
) -> None:
    """Write the float graph `source` with integer weights to `target`.

    Raises:
        RecipeError: 4 bits are asked for, and the graph has no matrix.
    """
    if config.bits == 8:
        eight_bit_weights(source, target)
    else:
        four_bit_matrices(source, target, config.block)
