"""Activation ranges: measured once per parent and calibration, kept as JSON."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.frames import FrameSet
from lamplighter_recipes.recipe import DEFAULT_SIZES, parse_size, regime_matches
from lamplighter_recipes.runtimes.onnx import INPUT, load
from lamplighter_recipes.techniques.quantize import QUANTIZED_OPS, Ranges

MAIN_SIZE = "384x288"
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
            yield frame.rgb(*parse_size(size))[None]


def measure_ranges(model: Path, inputs: Iterator[NDArray[np.uint8]]) -> Ranges:
    """Minimum and maximum of every tensor between quantizable nodes."""
    from onnxruntime.quantization.calibrate import CalibrationMethod, create_calibrator

    with tempfile.TemporaryDirectory() as folder:
        calibrator = create_calibrator(
            str(model),
            list(QUANTIZED_OPS),
            augmented_model_path=str(Path(folder) / "augmented.onnx"),
            calibrate_method=CalibrationMethod.MinMax,
        )
        # Its own session is unoptimised and takes all cores.
        calibrator.infer_session = load(Path(calibrator.augmented_model_path))
        calibrator.collect_data(PictureReader(inputs))
        data = calibrator.compute_data()
    return {name: _pair(value.range_value) for name, value in data.items()}


def _pair(values: Sequence[Any]) -> tuple[float, float]:
    return float(np.min(values[0])), float(np.max(values[1]))


class PictureReader:
    """onnxruntime's CalibrationDataReader."""

    def __init__(self, inputs: Iterator[NDArray[np.uint8]]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        picture = next(self._inputs, None)
        return None if picture is None else {INPUT: picture}


def cached_ranges(model: Path, frames: FrameSet, calibration: str, folder: Path) -> Ranges:
    """Ranges from `folder`, measured first when they are not there."""
    fitting = chosen_frames(frames, calibration)
    path = folder / f"ranges-{calibration or 'all'}-{fitting.digest()[:12]}.json"
    if path.exists():
        return {name: (low, high) for name, (low, high) in json.loads(path.read_text()).items()}
    ranges = measure_ranges(model, pictures(fitting))
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(ranges, sort_keys=True))
    partial.replace(path)
    return ranges


def chosen_pictures(frames: FrameSet) -> PictureReader:
    """All calibration inputs, for onnxruntime's own calibrators."""
    return PictureReader(pictures(frames))
