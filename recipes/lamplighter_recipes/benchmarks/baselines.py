"""Other tools' own ways to compress a graph, with their defaults; only for comparison."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, OPENVINO
from lamplighter_wire.tasks.detection import TENSORS

from lamplighter_recipes.building.calibration import pictures
from lamplighter_recipes.runtimes.onnxruntime.half_floats import to_half_floats
from lamplighter_recipes.runtimes.runtime import Images
from lamplighter_recipes.tasks.frame_set import FrameSet

Convert = Callable[[Path, Path, FrameSet], None]


class Baseline(NamedTuple):
    """What writes an artifact from a parent's float graph, and the runtime that opens it."""

    runtime: str
    convert: Convert


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


def openvino_bfloat16(source: Path, target: Path, _frames: FrameSet) -> None:
    """What OpenVINO does with a float graph where the processor has such floats."""
    from lamplighter_recipes.runtimes.openvino.model_files import write_model
    from lamplighter_recipes.runtimes.openvino.session import core

    write_model(core().read_model(source), target, Precision.BF16)


def nncf_static(source: Path, target: Path, frames: FrameSet) -> None:
    """NNCF's quantization for OpenVINO, on the same pictures."""
    from lamplighter_recipes.runtimes.openvino.quantization import quantize_model
    from lamplighter_recipes.runtimes.openvino.session import core

    quantize_model(core().read_model(source), target, pictures(frames))


BASELINES: dict[str, Baseline] = {
    "ort static": Baseline(BASE_RUNTIME, default_static),
    "ort dynamic": Baseline(BASE_RUNTIME, default_dynamic),
    "fp16": Baseline(BASE_RUNTIME, half_floats),
    "openvino bf16": Baseline(OPENVINO, openvino_bfloat16),
    "nncf in openvino": Baseline(OPENVINO, nncf_static),
}
