"""Dynamic quantization for LiteRT: weights ahead, activations while the network runs.

Saves three quarters of the bytes everywhere, and time where the CPU has 8-bit dot products, without
any calibration picture: every operator measures what it reads. That costs a pass over the
activations, so static quantization is faster where there are pictures to calibrate with
(Krishnamoorthi, Quantizing deep convolutional networks for efficient inference, 2018, section 3).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lamplighter_recipes.recipe.technique_registry import technique


@dataclass(frozen=True)
class QuantizeDynamicLitertConfig:
    """`bits` of the weights."""

    bits: Literal[8, 4] = 8


@technique(QuantizeDynamicLitertConfig)
def quantize_dynamic_litert(
    source: Path, target: Path, config: QuantizeDynamicLitertConfig, _context: object
) -> None:
    """Write the models in `source` with integer weights and arithmetic to `target`."""
    from lamplighter_recipes.runtimes.litert.weights import quantize_weights

    quantize_weights(source, target, config.bits, integer_arithmetic=True)
