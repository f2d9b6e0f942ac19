"""Ranges of activations over pictures."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.onnxruntime.quantization import QUANTIZED_OPS
from lamplighter_recipes.runtimes.onnxruntime.session import load
from lamplighter_recipes.runtimes.runtime import Images, Ranges

# Plain minimum and maximum (100) cost the COCO start 1.5 points of AP50, in rain 5; 90 costs it
# nothing, and the fine-tuned parent 0.3 points.
PICTURES_KEPT_PERCENT = 90.0
LOW, HIGH = "_ReduceMin", "_ReduceMax"  # how onnxruntime names the outputs it adds


def measure_ranges(model: Path, tensors: TensorNames, pictures: Iterable[Images]) -> Ranges:
    """Range of every tensor between quantizable nodes.

    Of each tensor's extremes, one pair per picture, the range keeps those of nine pictures in ten:
    a single odd picture would cost all others resolution.
    """
    session = load_extremes(model)
    names = [output.name for output in session.get_outputs()]
    extremes = [name for name in names if name.endswith((LOW, HIGH))]
    rows = [session.run(extremes, {tensors.input: picture}) for picture in pictures]
    values = np.array([[np.asarray(value).item() for value in row] for row in rows])
    percentiles = {LOW: 100 - PICTURES_KEPT_PERCENT, HIGH: PICTURES_KEPT_PERCENT}
    ranges = {
        name: float(np.percentile(values[:, i], percentiles[LOW if name.endswith(LOW) else HIGH]))
        for i, name in enumerate(extremes)
    }
    measured = [name.removesuffix(LOW) for name in extremes if name.endswith(LOW)]
    return {tensor: (ranges[tensor + LOW], ranges[tensor + HIGH]) for tensor in measured}


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
