"""Activation ranges: measured once per parent and calibration, kept as JSON."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.regimes import regime_matches
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, MAIN_SIZE, parse_size
from numpy.typing import NDArray

from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.onnxruntime.quantization import QUANTIZED_OPS, Ranges
from lamplighter_recipes.runtimes.onnxruntime.session import INPUT, load
from lamplighter_recipes.tasks.detection.frame_set import FrameSet, bilinear

# Plain minimum and maximum (100) cost the COCO start 1.5 points of AP50, in rain 5; 90 costs it
# nothing, and the fine-tuned parent 0.3 points.
PICTURES_KEPT_PERCENT = 90.0
LOW, HIGH = "_ReduceMin", "_ReduceMax"  # how onnxruntime names the outputs it adds
RANGES_FORMAT = "3"  # part of the key
RANGES_FILE = "ranges.json"
OTHER_SIZE_EVERY = 5  # every fifth frame also at the other sizes: their ranges differ little


def chosen_frames(frames: FrameSet, calibration: str) -> FrameSet:
    """The frames of a regime, or of all when `calibration` is empty.

    Raises:
        RecipeError: when no frame belongs to it.
    """
    fitting = tuple(f for f in frames if regime_matches(f.regime, calibration))
    if not fitting:
        raise RecipeError(
            f"no calibration frame is of {calibration!r}",
            key="calibration",
            remedy=f"use part of one of: {', '.join(frames.regimes)}",
        )
    return FrameSet(fitting)


def pictures(frames: FrameSet) -> Iterator[NDArray[np.uint8]]:
    """Calibration inputs [1, H, W, 3]: every frame at the main size, some at the others."""
    for size in DEFAULT_SIZES:
        step = 1 if size == MAIN_SIZE else OTHER_SIZE_EVERY
        for frame in frames.frames[::step]:
            yield bilinear(frame, *parse_size(size))[None]


def measure_ranges(model: Path, inputs: Iterator[NDArray[np.uint8]]) -> Ranges:
    """Range of every tensor between quantizable nodes.

    Of each tensor's extremes, one pair per picture, the range keeps those of nine pictures in ten:
    a single odd picture would cost all others resolution.
    """
    session = load_extremes(model)
    names = [output.name for output in session.get_outputs()]
    extremes = [name for name in names if name.endswith((LOW, HIGH))]
    rows = [session.run(extremes, {INPUT: picture}) for picture in inputs]
    values = np.array([[np.asarray(value).item() for value in row] for row in rows])
    percentiles = {LOW: 100 - PICTURES_KEPT_PERCENT, HIGH: PICTURES_KEPT_PERCENT}
    ranges = {
        name: float(np.percentile(values[:, i], percentiles[LOW if name.endswith(LOW) else HIGH]))
        for i, name in enumerate(extremes)
    }
    tensors = [name.removesuffix(LOW) for name in extremes if name.endswith(LOW)]
    return {tensor: (ranges[tensor + LOW], ranges[tensor + HIGH]) for tensor in tensors}


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


class PictureReader:
    """onnxruntime's CalibrationDataReader."""

    def __init__(self, inputs: Iterator[NDArray[np.uint8]]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        picture = next(self._inputs, None)
        return None if picture is None else {INPUT: picture}


def ranges_key(version: str, fitting: FrameSet) -> str:
    """Ranges belong to these weights, these frames and this way of measuring."""
    return f"{version}-{fitting.digest()[:12]}-{RANGES_FORMAT}"


def cached_ranges(parent: Parent, frames: FrameSet, calibration: str) -> Ranges:
    """The ranges that ship beside the weights or were kept; measured first when there are none.

    Raises:
        RecipeError: when no frame belongs to `calibration`.
    """
    fitting = chosen_frames(frames, calibration)
    key = ranges_key(parent.version, fitting)
    shipped = _read(shipped_path(parent)).get(key)
    if shipped:
        return shipped
    path = parent.folder / RANGES_FILE
    cached = _read(path)
    if key not in cached:
        measured = measure_ranges(parent.graph, pictures(fitting))
        write_ranges(path, {**cached, key: measured})
        cached = _read(path)
    return cached[key]


def shipped_path(parent: Parent) -> Path:
    """Where ranges that were measured ahead lie."""
    return parent.weights_dir / f"{parent.name}.{RANGES_FILE}"


def write_ranges(path: Path, ranges: dict[str, Ranges]) -> None:
    """Keep ranges by key; the file appears whole or not at all."""
    rounded = {
        key: {name: [float(f"{v:.6g}") for v in pair] for name, pair in table.items()}
        for key, table in ranges.items()
    }
    write_atomically(path, [json.dumps(rounded, sort_keys=True).encode()])


def _read(path: Path) -> dict[str, Ranges]:
    if not path.exists():
        return {}
    return {
        key: {name: (low, high) for name, (low, high) in table.items()}
        for key, table in json.loads(path.read_text()).items()
    }


def chosen_pictures(frames: FrameSet) -> PictureReader:
    """All calibration inputs, for onnxruntime's own calibrators."""
    return PictureReader(pictures(frames))
