"""Ranges of activations over pictures."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.calibration_rule import kept_range
from lamplighter_recipes.runtimes.onnxruntime.quantization import QUANTIZED_OPS
from lamplighter_recipes.runtimes.onnxruntime.session import load
from lamplighter_recipes.runtimes.runtime import Images, Ranges

LOW, HIGH = "_ReduceMin", "_ReduceMax"  # how onnxruntime names the outputs it adds


def measure_ranges(model: Path, tensors: TensorNames, pictures: Iterable[Images]) -> Ranges:
    """Range of every tensor between quantizable nodes."""
    session = load_extremes(model)
    names = [output.name for output in session.get_outputs()]
    measured = [name.removesuffix(LOW) for name in names if name.endswith(LOW)]
    extremes = [tensor + end for tensor in measured for end in (LOW, HIGH)]
    rows = [session.run(extremes, {tensors.input: picture}) for picture in pictures]
    values = np.array([[np.asarray(value).item() for value in row] for row in rows])
    pairs = values.reshape(len(rows), len(measured), 2)
    return {tensor: kept_range(pairs[:, i]) for i, tensor in enumerate(measured)}


def load_extremes(model: Path) -> Any:
    """A session of the graph that also gives each tensor's minimum and maximum."""
    from onnxruntime.quantization.calibrate import CalibrationMethod, create_calibrator

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extremes.onnx"
        create_calibrator(
            str(model),
            list(QUANTIZED_OPS),
            augmented_model_path=str(path),
            calibrate_method=CalibrationMethod.MinMax,
        )
        # Not the calibrator's own session: that is unoptimised and takes all cores.
        return load(path)
