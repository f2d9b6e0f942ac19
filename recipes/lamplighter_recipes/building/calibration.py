"""Activation ranges: measured once per parent and calibration, kept as JSON."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.regimes import regime_matches
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, MAIN_SIZE, parse_size
from numpy.typing import NDArray

from lamplighter_recipes.building.float_artifacts import float_artifact, has_files_for_sizes
from lamplighter_recipes.building.parents import Parent, main_size
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.onnxruntime.quantizing.learned_ranges import ranges_of_tensors
from lamplighter_recipes.runtimes.runtime import LEARNED_RANGES, Ranges, find_runtime
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear
from lamplighter_recipes.variants.identity import export_name

RANGES_FORMAT = "4"  # part of the key
RANGES_FILE = "ranges.json"
DIGEST_DIGITS = 12
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


def pictures(
    frames: FrameSet, sizes: Iterable[str] = DEFAULT_SIZES, main_size: str = MAIN_SIZE
) -> Iterator[NDArray[np.uint8]]:
    """Calibration inputs [1, H, W, 3]: every frame at the main size, some at the others."""
    for size in sizes:
        step = 1 if size == main_size else OTHER_SIZE_EVERY
        for frame in frames.frames[::step]:
            yield bilinear(frame, *parse_size(size))[None]


def ranges_key(
    version: str, fitting: FrameSet, runtime: str = BASE_RUNTIME, method: Method = USUAL
) -> str:
    """Ranges belong to these weights, these frames and this way of measuring; names of tensors to
    what was exported for the runtime."""
    other = "" if runtime == BASE_RUNTIME else f"-{export_name(runtime)}"
    return f"{_measured_on(version, fitting, method)}{other}"


def cached_ranges(
    parent: Parent,
    frames: FrameSet,
    calibration: str,
    runtime: str = BASE_RUNTIME,
    method: Method = USUAL,
) -> Ranges:
    """The ranges that ship beside the weights or were kept; measured first when there are none.

    Those that the parent's training has learned come before what is measured in the usual way.

    Raises:
        RecipeError: when no frame belongs to `calibration`.
    """
    fitting = chosen_frames(frames, calibration)
    key = ranges_key(parent.version, fitting, runtime, method)
    ranges = read_ranges(shipped_path(parent)).get(key)
    if not ranges:
        artifact = float_artifact(parent, runtime, parent.kind.sizes)
        shown = pictures(fitting, parent.kind.sizes, parent.kind.main_size)
        ranges = _kept(parent, key, lambda: _measured(parent, artifact, shown, runtime, method))
    usual = not calibration and method == USUAL and runtime == BASE_RUNTIME
    return {**ranges, **learned_ranges(parent)} if usual else ranges


def learned_ranges(parent: Parent) -> Ranges:
    """By tensors of the parent's graph; none where no training has learned any."""
    card = parent.weights_dir / f"{parent.name}.json"
    layers = json.loads(card.read_text()).get(LEARNED_RANGES, {}) if card.exists() else {}
    if not layers:
        return {}
    return ranges_of_tensors(onnx.load(parent.graph).graph, layers)


def ranges_of_artifact(
    parent: Parent,
    artifact: Path,
    frames: FrameSet,
    calibration: str,
    runtime: str,
    method: Method = USUAL,
    sizes: Sequence[str] = (),
) -> Ranges:
    """The same of what a step made of the parent for these sizes: kept by its content.

    Raises:
        RecipeError: when no frame belongs to `calibration`.
    """
    fitting = chosen_frames(frames, calibration)
    key = _measured_on(f"{runtime}-{content_digest(artifact)}", fitting, method)
    shown = pictures_for(parent, artifact, fitting, sizes)
    return _kept(parent, key, lambda: _measured(parent, artifact, shown, runtime, method))


def pictures_for(
    parent: Parent, artifact: Path, fitting: FrameSet, sizes: Sequence[str]
) -> Iterator[NDArray[np.uint8]]:
    """Calibration inputs at the family's sizes; of an artifact with files for each size, at those
    that it was made for."""
    shown = sizes if sizes and has_files_for_sizes(artifact) else parent.kind.sizes
    return pictures(fitting, shown, main_size(parent.kind, shown))


def content_digest(artifact: Path) -> str:
    """Of a file, or of all files of a folder."""
    sha = hashlib.sha256()
    for path in sorted(artifact.rglob("*")) if artifact.is_dir() else [artifact]:
        sha.update(path.read_bytes())
    return sha.hexdigest()[:DIGEST_DIGITS]


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


def _measured_on(what: str, fitting: FrameSet, method: Method) -> str:
    rule = "" if method == USUAL else f"-{method}"
    return f"{what}-{fitting.digest()[:DIGEST_DIGITS]}-{RANGES_FORMAT}{rule}"


def _measured(
    parent: Parent,
    artifact: Path,
    inputs: Iterable[NDArray[np.uint8]],
    runtime: str,
    method: Method,
) -> Ranges:
    return find_runtime(runtime).measure_ranges(artifact, parent.tensors, inputs, method)


def _kept(parent: Parent, key: str, measure: Callable[[], Ranges]) -> Ranges:
    """Of the parent's file; measured and added where it lacks them, and read back rounded."""
    path = parent.folder / RANGES_FILE
    cached = read_ranges(path)
    if key not in cached:
        write_ranges(path, {**cached, key: measure()})
        cached = read_ranges(path)
    return cached[key]


def read_ranges(path: Path) -> dict[str, Ranges]:
    """Ranges by key; none where there is no file."""
    if not path.exists():
        return {}
    return {
        key: {name: (low, high) for name, (low, high) in table.items()}
        for key, table in json.loads(path.read_text()).items()
    }
