"""Models of LiteRT whose weights alone are integers; activations stay floats between operators."""

import tempfile
from pathlib import Path
from typing import Any

from lamplighter_recipes.runtimes.litert.flatbuffer import (
    file_of,
    read_model,
    sizes_of,
    write_model,
)
from lamplighter_recipes.runtimes.litert.graph import number_tensors
from lamplighter_recipes.runtimes.litert.shared_values import Remembered, levels_of, remember
from lamplighter_recipes.runtimes.quiet import quiet


def quantize_weights(source: Path, target: Path, bits: int, *, integer_arithmetic: bool) -> None:
    """Write every size with weights of 8 or 4 bits, one scale per output channel.

    With integer arithmetic each operator quantizes what it reads while it runs, by what it finds
    there; else it computes on floats with weights that are turned back.
    """
    target.mkdir(parents=True, exist_ok=True)
    remembered: Remembered = {}
    for size in sizes_of(source):
        with quiet(), tempfile.TemporaryDirectory() as folder:
            from ai_edge_quantizer import quantizer

            file = Path(folder) / "model.tflite"
            recipe = _recipe(bits, integer_arithmetic=integer_arithmetic)
            tool = quantizer.Quantizer(str(file_of(source, size)), recipe)
            tool.quantize().export_model(str(file), overwrite=True)
            model = read_model(file)
        remembered |= levels_of(read_model(file_of(source, size)), model)
        number_tensors(model)
        write_model(model, file_of(target, size))
    remember(target, remembered)


def _recipe(bits: int, *, integer_arithmetic: bool) -> Any:
    from ai_edge_quantizer import qtyping, recipe_manager

    manager = recipe_manager.RecipeManager()
    add = manager.add_dynamic_config if integer_arithmetic else manager.add_weight_only_config
    add(".*", qtyping.TFLOperationName.ALL_SUPPORTED, num_bits=bits)
    return manager.get_quantization_recipe()
