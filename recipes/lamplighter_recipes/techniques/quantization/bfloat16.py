"""16-bit floats with the range of 32-bit ones, for runtimes that compute in them.

Saves time where the processor multiplies such floats (x86 avx512_bf16 and AMX), and half of the
bytes everywhere, for the weights are kept in 16 bits. Nothing is calibrated and no accuracy is
lost that could be measured (Kalamkar et al., A Study of BFLOAT16 for Deep Learning Training, 2019).
"""

from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.enums import Precision

from lamplighter_recipes.recipe.technique_registry import technique


@dataclass(frozen=True)
class Bfloat16Config:
    """There is nothing to choose."""


@technique(Bfloat16Config)
def bfloat16(source: Path, target: Path, _config: Bfloat16Config, _context: object) -> None:
    """Write the float network in `source` to `target`, to be computed in bfloat16."""
    from lamplighter_recipes.runtimes.openvino.model_files import read_model, write_model

    write_model(read_model(source), target, Precision.BF16, half_weights=True)
