"""onnxruntime's own ways to compress a graph, with its defaults; only for comparison."""

from collections.abc import Callable, Iterator
from pathlib import Path

from lamplighter_wire.tasks.detection import TENSORS

from lamplighter_recipes.building.calibration import pictures
from lamplighter_recipes.runtimes.onnxruntime.half_floats import to_half_floats
from lamplighter_recipes.runtimes.runtime import Images
from lamplighter_recipes.tasks.frame_set import FrameSet

Convert = Callable[[Path, Path, FrameSet], None]


class PictureReader:
    """onnxruntime's CalibrationDataReader."""

    def __init__(self, inputs: Iterator[Images]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, Images] | None:
        picture = next(self._inputs, None)
        return None if picture is None else {TENSORS.input: picture}


def default_static(source: Path, target: Path, frames: FrameSet) -> None:
    """Static quantization: one scale per tensor, every operator it knows."""
    from onnxruntime.quantization import quantize_static

    quantize_static(str(source), str(target), PictureReader(pictures(frames)))


def default_dynamic(source: Path, target: Path, _frames: FrameSet) -> None:
    """Dynamic quantization: activations are measured while running."""
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(str(source), str(target))


def half_floats(source: Path, target: Path, _frames: FrameSet) -> None:
    """16-bit floats inside, 32-bit at the ends."""
    to_half_floats(source, target)


BASELINES: dict[str, Convert] = {
    "ort static": default_static,
    "ort dynamic": default_dynamic,
    "fp16": half_floats,
}
