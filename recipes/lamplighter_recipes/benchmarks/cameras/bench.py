"""`lamplighter bench accuracy --picture`: what is expected before each camera, and what is true."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.sizes import pixels
from lamplighter_wire.street.camera_figures import CameraFigures

from lamplighter_recipes.benchmarks.accuracy import REFERENCE, Candidate, open_candidates
from lamplighter_recipes.benchmarks.cameras.held_out import Expectation, expectations, figures_of
from lamplighter_recipes.benchmarks.cameras.parts import Answers, Part, Point, parts_of
from lamplighter_recipes.benchmarks.kept_answers import KeptAnswers
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import FrameSet
from lamplighter_recipes.variants.camera_figures import keep_cameras
from lamplighter_recipes.variants.identity import Materials

REPORT = "cameras.json"


class CameraReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every point before every camera; `reference` is what agreement is with."""

    reference: str
    rows: list[Expectation]


def bench_cameras(
    folders: Mapping[str, Path],
    out_dir: Path,
    recipes: Mapping[str, Recipe],
    materials: Materials,
    progress: Callable[[str], None],
    *,
    keep: bool = False,
) -> CameraReport:
    """Leave each camera of all folders out in turn; writes `cameras.json`.

    Args:
        folders: COCO folders whose pictures name their camera, by the name of their place.
        keep: put what all cameras together have shown beside the weights.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    candidates = open_candidates(recipes, materials, out_dir / "build", progress)
    answers = KeptAnswers(out_dir / "answers")
    parts: list[Part] = []
    for name, folder in folders.items():
        progress(f"look at {name}")
        frames = load_frames(folder)
        parts += parts_of(list(frames), _answers(candidates, answers, frames), name)
    if keep:
        keep_cameras(materials.weights_dir, _figures(parts, candidates))
    reference = reference_of(candidates)
    rows = expectations(parts, reference)
    report = CameraReport(reference="@".join(reference), rows=rows)
    write_atomically(out_dir / REPORT, [msgspec.json.format(msgspec.json.encode(report))])
    return report


def reference_of(candidates: Mapping[str, Candidate]) -> Point:
    """The best of the quick points, at its largest size."""
    name = REFERENCE if REFERENCE in candidates else next(iter(candidates))
    return name, max(candidates[name].card.sizes, key=pixels)


def _figures(
    parts: Sequence[Part], candidates: Mapping[str, Candidate]
) -> dict[str, CameraFigures]:
    """By the variant's id in place of its recipe's name."""
    parents = {name: one.card.parent for name, one in candidates.items()}
    return {candidates[name].card.id: one for name, one in figures_of(parts, parents).items()}


def _answers(
    candidates: Mapping[str, Candidate], kept: KeptAnswers, frames: FrameSet
) -> dict[Point, Answers]:
    return {
        (name, size): Answers(one.boxes(kept, frames, size), one.card.thresholds)
        for name, one in candidates.items()
        for size in one.card.sizes
    }
