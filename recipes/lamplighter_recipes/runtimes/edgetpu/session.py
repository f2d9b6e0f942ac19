"""An artifact for the Edge TPU, run by LiteRT on the processor: its answers are the chip's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.edgetpu.files import body_file, decoding_file
from lamplighter_recipes.runtimes.litert.session import load
from lamplighter_recipes.runtimes.runtime import Images, Infer, Outputs

OFFSET = 128  # between unsigned and signed bytes

Runner = Callable[..., Outputs]


def open_infer(artifact: Path, tensors: TensorNames) -> Infer:
    """An artifact as a function from images to the outputs that the task reads."""
    runners: dict[str, tuple[Runner, Runner]] = {}

    def infer(images: Images) -> Outputs:
        size = size_key(images.shape[2], images.shape[1])
        if size not in runners:
            paths = body_file(artifact, size), decoding_file(artifact, size)
            body, decoding = (load(path).get_signature_runner() for path in paths)
            runners[size] = body, decoding
        body, decoding = runners[size]
        signed = (images.astype(np.int16) - OFFSET).astype(np.int8)
        results = [decoding(**body(**{tensors.input: image[None]})) for image in signed]
        return {name: np.concatenate([r[name] for r in results]) for name in tensors.outputs}

    return infer
