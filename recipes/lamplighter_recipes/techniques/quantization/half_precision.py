"""16-bit floats for weights and activations; pictures, scores and boxes keep their types.

Saves half of the bytes everywhere, and time only where the runtime has 16-bit kernels. That
networks bear 16 bits was shown by training in them (Micikevicius et al., Mixed Precision Training,
ICLR 2018).
"""

from dataclasses import dataclass
from pathlib import Path

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.runtimes.onnxruntime.half_floats import to_half_floats


@dataclass(frozen=True)
class HalfPrecisionConfig:
    """There is nothing to choose."""


@technique(HalfPrecisionConfig)
def half_precision(
    source: Path, target: Path, _config: HalfPrecisionConfig, _context: object
) -> None:
    """Write the 16-bit form of the float graph `source` to `target`."""
    to_half_floats(source, target)
