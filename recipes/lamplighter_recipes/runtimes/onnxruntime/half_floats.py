"""A graph in 16-bit floats inside, with the types of its inputs and outputs as they were."""

from pathlib import Path

import onnx


def to_half_floats(source: Path, target: Path) -> None:
    """Convert a float graph by onnxruntime's own tool."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), target)
