"""What a calibration of its own gains in its regime over the universal build."""

import platform
from pathlib import Path

from lamplighter_wire.blobs import pack
from lamplighter_wire.rules.regimes import regime_matches
from lamplighter_wire.rules.sizes import MAIN_SIZE

from lamplighter_recipes.benchmarks.variants.rows import Gain
from lamplighter_recipes.building.calibration import cached_ranges
from lamplighter_recipes.building.parent_results import frame_results
from lamplighter_recipes.building.parents import Parent, prepared
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import take_apart
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.average_precision import Matches, ap50
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import FrameSet, by_regime
from lamplighter_recipes.tasks.resampling import paired_gain
from lamplighter_recipes.variants.identity import Materials, activations_of

# Regimes whose own calibration is tried: where pictures differ most from the average.
TRIED_CALIBRATIONS = ("night", "rain")


def calibration_gains(
    recipe: Recipe, materials: Materials, universal: Path, folder: Path
) -> list[Gain]:
    """Gains of each tried calibration in the regimes it is for; graphs are written to `folder`."""
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir)
    choosing = load_frames(materials.calibration_dir)
    frames = load_frames(materials.evaluation_dir)
    kind = activations_of(recipe, platform.machine())
    before = _matches_by_regime(parent, universal, frames)
    gains: list[Gain] = []
    for calibration in TRIED_CALIBRATIONS:
        graph = folder / f"{recipe.name}-{calibration}.onnx"
        quantize_graph(parent.graph, graph, cached_ranges(parent, choosing, calibration), kind)
        after = _matches_by_regime(parent, graph, frames)
        changed, size = _changed_bytes(universal, graph)
        gains += [
            _gain(recipe.name, calibration, regime, after[regime], before[regime], changed, size)
            for regime in frames.regimes
            if regime_matches(regime, calibration)
        ]
    return gains


def _gain(
    recipe: str,
    calibration: str,
    regime: str,
    after: list[Matches],
    before: list[Matches],
    changed_bytes: int,
    size_bytes: int,
) -> Gain:
    gain, low, high = paired_gain(after, before, ap50)
    return Gain(
        recipe=recipe,
        calibration=calibration,
        regime=regime,
        gain=gain,
        low=low,
        high=high,
        changed_bytes=changed_bytes,
        size_bytes=size_bytes,
    )


def _matches_by_regime(parent: Parent, graph: Path, frames: FrameSet) -> dict[str, list[Matches]]:
    infer = open_infer(graph, parent.tensors)
    return by_regime(frame_results(parent.evaluator, infer, frames, MAIN_SIZE), frames)


def _changed_bytes(before: Path, after: Path) -> tuple[int, int]:
    """Raw bytes of the chunks of `after` that `before` lacks, and of all its chunks."""
    held = pack(take_apart(before)).chunks
    chunks = pack(take_apart(after)).chunks
    changed = sum(len(raw) for sha, raw in chunks.items() if sha not in held)
    return changed, sum(len(raw) for raw in chunks.values())
