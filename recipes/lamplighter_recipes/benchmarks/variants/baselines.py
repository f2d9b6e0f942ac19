"""What the runtimes' own tools make of a parent, by default and tuned; only for comparison."""

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, OPENVINO
from lamplighter_wire.tasks.detection import TENSORS

from lamplighter_recipes.benchmarks.variants.torchao_static import exported_program, torchao_static
from lamplighter_recipes.building.calibration import pictures
from lamplighter_recipes.building.float_artifacts import float_artifact
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.runtimes.litert.flatbuffer import file_of, sizes_of
from lamplighter_recipes.runtimes.onnxruntime.half_floats import to_half_floats
from lamplighter_recipes.runtimes.quiet import quiet
from lamplighter_recipes.runtimes.runtime import Images
from lamplighter_recipes.tasks.frame_set import FrameSet


class Calibration(NamedTuple):
    """What a rival may calibrate on: frames, at the sizes that the parent is calibrated at."""

    frames: FrameSet
    sizes: Sequence[str]
    main_size: str

    def pictures(self, size: str = "") -> Iterator[Images]:
        """Each [1, H, W, 3]; at one size, or at all of them."""
        return pictures(self.frames, [size] if size else self.sizes, size or self.main_size)


Convert = Callable[[Path, Path, Calibration], None]  # a float artifact, the target

LITERT = "litert"
TORCH = "torch"  # no runtime of ours: its float artifact is a program exported by torch
SIGNATURE = "serving_default"  # of a model with a single one


class Baseline(NamedTuple):
    """A rival's way: what writes an artifact, and the runtime that opens it.

    `source` is the runtime whose float artifact of the parent it begins with; `packages` are those
    that it needs beside what runs the result.
    """

    runtime: str
    convert: Convert
    source: str = BASE_RUNTIME
    packages: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether all that it needs is there."""
        return is_installed(self.runtime) and all(find_spec(name) for name in self.packages)

    def suits(self, parent: Parent, runtimes: set[str]) -> bool:
        """Whether it can begin with a parent that recipes serve by these runtimes: to export one
        for a rival alone would take long."""
        if self.source == TORCH:
            return BASE_RUNTIME in runtimes and parent.has_network
        return self.source in runtimes

    def floats(self, parent: Parent, size: str) -> Path:
        """What it begins with."""
        if self.source == TORCH:
            return exported_program(parent, size)
        return float_artifact(parent, self.source, [size])


class PictureReader:
    """onnxruntime's CalibrationDataReader."""

    def __init__(self, inputs: Iterator[Images]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, Images] | None:
        picture = next(self._inputs, None)
        return None if picture is None else {TENSORS.input: picture}


def default_static(source: Path, target: Path, calibration: Calibration) -> None:
    """Static quantization: one scale per tensor, every operator it knows."""
    from onnxruntime.quantization import quantize_static

    quantize_static(str(source), str(target), PictureReader(calibration.pictures()))


def tuned_static(source: Path, target: Path, calibration: Calibration) -> None:
    """Static quantization as whoever has read the documentation calls it: prepared, uint8
    activations, int8 weights, one scale per channel."""
    from onnxruntime.quantization import QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(target),
        PictureReader(calibration.pictures()),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def default_dynamic(source: Path, target: Path, _given: Calibration) -> None:
    """Dynamic quantization: activations are measured while running."""
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(str(source), str(target))


def half_floats(source: Path, target: Path, _given: Calibration) -> None:
    """16-bit floats inside, 32-bit at the ends."""
    to_half_floats(source, target)


def openvino_bfloat16(source: Path, target: Path, _given: Calibration) -> None:
    """What OpenVINO does with a float graph where the processor has such floats."""
    from lamplighter_recipes.runtimes.openvino.model_files import write_model
    from lamplighter_recipes.runtimes.openvino.session import core

    write_model(core().read_model(source), target, Precision.BF16)


def nncf_static(source: Path, target: Path, calibration: Calibration) -> None:
    """NNCF's quantization for OpenVINO, on the same pictures."""
    from lamplighter_recipes.runtimes.openvino.quantization import quantize_model
    from lamplighter_recipes.runtimes.openvino.session import core

    quantize_model(core().read_model(source), target, calibration.pictures())


def litert_static(source: Path, target: Path, calibration: Calibration) -> None:
    """LiteRT's own quantizer with its own calibration, 8-bit weights and activations; what is read
    from the outputs are floats, as with all others."""
    from ai_edge_quantizer import algorithm_manager, qtyping, recipe_manager

    operators, algorithms = qtyping.TFLOperationName, algorithm_manager.AlgorithmName
    manager = recipe_manager.RecipeManager()
    manager.add_static_config(
        ".*", operators.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=8
    )
    manager.add_quantization_config(".*", operators.OUTPUT, None, algorithms.NO_QUANTIZE)
    _quantize_litert(source, target, manager.get_quantization_recipe(), calibration)


def litert_dynamic(source: Path, target: Path, _given: Calibration) -> None:
    """LiteRT's own quantizer without calibration."""
    from ai_edge_quantizer import recipe

    _quantize_litert(source, target, recipe.dynamic_wi8_afp32(), None)


def _quantize_litert(
    source: Path, target: Path, recipe: Any, calibration: Calibration | None
) -> None:
    from ai_edge_quantizer import quantizer

    target.mkdir(parents=True, exist_ok=True)
    for size in sizes_of(source):
        with quiet():
            tool = quantizer.Quantizer(str(file_of(source, size)), recipe)
            ranges = None
            if calibration is not None:
                inputs = [{TENSORS.input: picture} for picture in calibration.pictures(size)]
                ranges = tool.calibrate({SIGNATURE: inputs})
            tool.quantize(ranges).export_model(str(file_of(target, size)), overwrite=True)


BASELINES: dict[str, Baseline] = {
    "ort static": Baseline(BASE_RUNTIME, default_static),
    "ort static tuned": Baseline(BASE_RUNTIME, tuned_static),
    "ort dynamic": Baseline(BASE_RUNTIME, default_dynamic),
    "fp16": Baseline(BASE_RUNTIME, half_floats),
    "openvino bf16": Baseline(OPENVINO, openvino_bfloat16),
    "nncf in openvino": Baseline(OPENVINO, nncf_static),
    "litert static": Baseline(LITERT, litert_static, LITERT),
    "litert dynamic": Baseline(LITERT, litert_dynamic, LITERT),
    "torchao": Baseline(BASE_RUNTIME, torchao_static, TORCH, ("torchao", "onnxscript")),
}
# onnxruntime's own, with its defaults; the others take minutes more.
DEFAULTS = ("ort static", "ort dynamic", "fp16")
