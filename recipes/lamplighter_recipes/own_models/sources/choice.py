"""Which kind of network a name or path stands for."""

import re
from pathlib import Path

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.sources.onnx_source import OnnxSource
from lamplighter_recipes.own_models.sources.signature import Source
from lamplighter_recipes.own_models.sources.tflite_source import TfliteSource
from lamplighter_recipes.own_models.sources.torch_source import PROGRAM, TorchSource

FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def source_of(name: str, layout: str) -> Source:
    """By its suffix, or as a function.

    Raises:
        RecipeError: it is none of them, or the file is missing.
    """
    path = Path(name)
    if not path.is_file():
        if FUNCTION.fullmatch(name):
            return TorchSource(name, layout)
        raise RecipeError(
            "there is no such file",
            file=name,
            key="source",
            remedy="check the path, or MODULE:FUNCTION",
        )
    match path.suffix:
        case ".onnx":
            return OnnxSource(path)
        case ".tflite":
            return TfliteSource(path)
        case suffix if suffix == PROGRAM:
            return TorchSource(name, layout)
    raise RecipeError(
        f"{path.suffix or 'a file without a suffix'} is no kind of model that can be added",
        file=name,
        key="source",
        remedy="bring .onnx, .tflite, .pt2, or MODULE:FUNCTION that gives a PyTorch network",
    )
