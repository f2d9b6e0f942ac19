"""8-bit networks of OpenVINO by NNCF: it calibrates on pictures and corrects the biases."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lamplighter_wire.enums import Precision

from lamplighter_recipes.errors import ExportError
from lamplighter_recipes.runtimes.openvino.model_files import read_model, write_model
from lamplighter_recipes.runtimes.quiet import quiet
from lamplighter_recipes.runtimes.runtime import Images

# It would tell its makers of every use. To be set before it is imported.
NO_TELEMETRY = {"NNCF_CI": "1"}


def quantize_artifact(source: Path, target: Path, pictures: Iterable[Images]) -> None:
    """Write the 8-bit form of the float network in `source`: weights per output channel."""
    quantize_model(read_model(source), target, pictures)


def quantize_model(model: Any, target: Path, pictures: Iterable[Images]) -> None:
    """The same of a network that is read already.

    Raises:
        ExportError: NNCF cannot; of what depends on the picture's content, for instance.
    """
    for name, value in NO_TELEMETRY.items():
        os.environ.setdefault(name, value)
    with quiet():
        import nncf

        chosen = list(pictures)
        try:
            quantized = nncf.quantize(model, nncf.Dataset(chosen), subset_size=len(chosen))
        except Exception as error:  # of OpenVINO or its own, of no common class
            reason = str(error).partition("\n")[0]
            raise ExportError(f"NNCF cannot quantize the network: {reason}") from error
    write_model(quantized, target, Precision.INT8)
