"""LiteRT: open an artifact and run it.

Imports no more than a device does: peak memory is measured in a process that loads this module.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.litert.flatbuffer import file_of
from lamplighter_recipes.runtimes.runtime import Images, Infer, Outputs


def load(path: Path, **options: Any) -> Any:
    """An interpreter of one model on one thread."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1, **options)
    interpreter.allocate_tensors()
    return interpreter


def open_infer(artifact: Path, tensors: TensorNames) -> Infer:
    """An artifact as a function from images to the outputs that the task reads.

    The model of a size is loaded with the first picture of that size.
    """
    runners: dict[str, Callable[..., Outputs]] = {}

    def infer(images: Images) -> Outputs:
        size = size_key(images.shape[2], images.shape[1])
        if size not in runners:
            runners[size] = load(file_of(artifact, size)).get_signature_runner()
        results = [runners[size](**{tensors.input: image[None]}) for image in images]
        return {name: np.concatenate([r[name] for r in results]) for name in tensors.outputs}

    return infer
