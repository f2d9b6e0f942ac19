"""onnxruntime: open a graph and run it.

Imports no more than a device does: peak memory is measured in a process that loads this module.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lamplighter_wire.rules.onnxruntime_options import ENVIRONMENT, PROVIDERS, set_options
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.runtime import Images, Infer, Outputs


def load(path: Path, config_entries: Mapping[str, str] | None = None) -> Any:
    """A session on one thread under the options that devices serve with."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    set_options(options, extra_entries=config_entries)
    return onnxruntime.InferenceSession(str(path), options, providers=list(PROVIDERS))


def open_infer(
    path: Path, tensors: TensorNames, session_config: Mapping[str, str] | None = None
) -> Infer:
    """A graph on disk as a function from images to the outputs that the task reads."""
    session = load(path, session_config)

    def infer(images: Images) -> Outputs:
        outputs = session.run(tensors.outputs, {tensors.input: images})
        return dict(zip(tensors.outputs, outputs, strict=True))

    return infer
