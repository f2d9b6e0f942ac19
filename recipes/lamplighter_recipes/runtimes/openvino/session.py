"""OpenVINO: open an artifact and run it.

Imports no more than a device does: peak memory is measured in a process that loads this module.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.rules.openvino_options import GRAPH_FILE, PRECISION_INFO, compile_options
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.runtime import Images, Infer, Outputs

DEVICE = "CPU"


@cache
def core() -> Any:
    """OpenVINO's one object of a process."""
    import openvino

    return openvino.Core()


def compiled(model: Any, precision: str) -> Any:
    """A request to a network on one thread, under the options that devices serve with."""
    options = compile_options(1, precision)
    return core().compile_model(model, DEVICE, options).create_infer_request()


def open_infer(artifact: Path, tensors: TensorNames) -> Infer:
    """An artifact as a function from images to the outputs that the task reads.

    It is compiled for a size with the first picture of that size.
    """
    model = core().read_model(artifact / GRAPH_FILE)
    precision = str(model.get_rt_info(list(PRECISION_INFO)).value)
    requests: dict[tuple[int, ...], Any] = {}

    def infer(images: Images) -> Outputs:
        shape = (1, *images.shape[1:])
        if shape not in requests:
            fixed = model.clone()
            fixed.reshape({tensors.input: list(shape)})
            requests[shape] = compiled(fixed, precision)
        results = [_run(requests[shape], tensors, image[None]) for image in images]
        return {name: np.concatenate([r[name] for r in results]) for name in tensors.outputs}

    return infer


def _run(request: Any, tensors: TensorNames, image: Images) -> Outputs:
    request.infer({tensors.input: image})
    return {name: request.get_tensor(name).data.copy() for name in tensors.outputs}
