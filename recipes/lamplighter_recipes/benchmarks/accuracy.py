"""How accurate every variant is on streets that no training saw, set by set.

Headline accuracy and class mAP50 (both in the glossary) of each variant at each size, and how far
its boxes agree with those of the best point, which is all that a device can see by itself.
"""

import json
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.accuracy import headline
from lamplighter_wire.rules.sizes import by_area
from lamplighter_wire.tasks.detection import DEFAULT_THRESHOLD, match_f1

from lamplighter_recipes.benchmarks.kept_answers import KeptAnswers
from lamplighter_recipes.benchmarks.variants.bench_variants import is_for_detection
from lamplighter_recipes.building.build import specialise
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.average_precision import (
    Boxes,
    Matches,
    ap50,
    match_classes,
)
from lamplighter_recipes.tasks.detection.evaluator import DetectionEvaluator, evaluator_reading
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.detection.metrics import class_map50
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.frame_set import FrameSet, by_regime
from lamplighter_recipes.tasks.resampling import mean_interval
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import (
    KNOWN_FIGURES,
    Materials,
    known_figures,
    variant_id,
)

SHIPPED = "shipped"  # the name of the materials' evaluation frames among the sets
REFERENCE = "int8-full"  # at the largest size: what agreement is measured with
DIGITS = 4

Progress = Callable[[str], None]


class SetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of frames is made of."""

    name: str
    frames: int
    objects: float  # per frame
    regimes: list[str]
    still_share: float | None = None  # of the seconds behind it; None: not told


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One variant at one size on one set; `interval` (95 %) is that of `ap50`.

    Attributes:
        agreement: mean F1 of a frame's boxes with those of the reference, each by its thresholds.
        false_alarms: boxes above the threshold that hit nothing, per frame.
    """

    variant: str
    size: str
    street: str
    ap50: float
    interval: tuple[float, float]
    class_map50: float
    agreement: float
    false_alarms: float


class AccuracyReport(msgspec.Struct, kw_only=True):
    """All scores, and what they were measured on."""

    sets: list[SetFacts] = []
    scores: list[Score] = []


@dataclass(frozen=True)
class Candidate:
    """A variant as it is opened; `key` tells its artifact from others of its name."""

    card: VariantCard
    infer: Infer
    evaluator: DetectionEvaluator

    def boxes(self, answers: KeptAnswers, frames: FrameSet, size: str) -> list[Boxes]:
        """All that a precision curve wants."""
        return answers.boxes(self.key, self.infer, self.evaluator, frames, size)

    @property
    def key(self) -> str:
        return f"{self.card.id}-{self.card.artifact_sha256[:8]}"


def bench_accuracy(
    sets_dir: Path,
    out_dir: Path,
    recipes: Mapping[str, Recipe],
    materials: Materials,
    progress: Progress = lambda _text: None,
) -> AccuracyReport:
    """Measure all recipes on each folder of `sets_dir` and on the shipped frames.

    Writes `accuracy.json`. What an earlier call has computed is not computed again.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    folders = {**folders_of(sets_dir), SHIPPED: materials.evaluation_dir}
    recipes = {name: recipe for name, recipe in recipes.items() if is_for_detection(recipe)}
    candidates = open_candidates(recipes, materials, out_dir / "build", progress)
    answers = KeptAnswers(out_dir / "answers")
    report = AccuracyReport()
    for name, folder in folders.items():
        frames = load_frames(folder)
        report.sets.append(_facts(name, folder, frames))
        progress(f"measure {len(candidates)} variants on {name}")
        report.scores += _scores(name, frames, candidates, answers)
    (out_dir / "accuracy.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    return report


def folders_of(sets_dir: Path) -> dict[str, Path]:
    """The sets in a folder, by name.

    Raises:
        RecipeError: there are none.
    """
    folders = {
        path.parent.name: path.parent for path in sorted(sets_dir.glob("*/annotations.json"))
    }
    if not folders:
        raise RecipeError(
            "holds no sets",
            file=str(sets_dir),
            remedy="render them: lamplighter scenes dataset evaluation " + str(sets_dir),
        )
    return folders


def open_candidates(
    recipes: Mapping[str, Recipe], materials: Materials, folder: Path, progress: Progress
) -> dict[str, Candidate]:
    """Variants by their recipe's name."""
    candidates, ahead = {}, known_figures(materials.weights_dir)
    for name, recipe in sorted(recipes.items()):
        progress(f"build {name}")
        parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
        identity = variant_id(recipe, parent.version, platform.machine())
        built = specialise(recipe, materials, folder / name, known=ahead.get(identity))
        evaluator = evaluator_reading(built.card.decoder)
        infer = find_runtime(recipe.runtime).open(built.artifact, evaluator.task.tensors)
        candidates[name] = Candidate(built.card, infer, evaluator)
    return candidates


def _facts(name: str, folder: Path, frames: FrameSet) -> SetFacts:
    info = json.loads((folder / "annotations.json").read_text()).get("info", {})
    return SetFacts(
        name=name,
        frames=len(frames),
        objects=round(float(np.mean([len(frame.boxes) for frame in frames])), 2),
        regimes=frames.regimes,
        still_share=info.get("still_share"),
    )


def _scores(
    street: str, frames: FrameSet, candidates: Mapping[str, Candidate], answers: KeptAnswers
) -> list[Score]:
    sizes = by_area({size for one in candidates.values() for size in one.card.sizes})
    reference = _reference(candidates, frames, answers)
    scores = []
    for size in sizes:
        for name, one in candidates.items():
            if size in one.card.sizes:
                boxes = one.boxes(answers, frames, size)
                served = _above(boxes, frames, one.card.thresholds)
                scores.append(score(name, size, street, boxes, served, reference, frames))
    return scores


def _reference(
    candidates: Mapping[str, Candidate], frames: FrameSet, answers: KeptAnswers
) -> list[Boxes]:
    """What the best point would serve."""
    best = candidates.get(REFERENCE) or next(iter(candidates.values()))
    size = by_area(best.card.sizes)[-1]
    return _above(best.boxes(answers, frames, size), frames, best.card.thresholds)


def score(
    variant: str,
    size: str,
    street: str,
    boxes: Sequence[Boxes],
    served: Sequence[Boxes],
    reference: Sequence[Boxes],
    frames: FrameSet,
) -> Score:
    """Figures of one variant's boxes, of which `served` are above the threshold."""
    pairs = list(zip(boxes, frames, strict=True))
    regimes = by_regime([match_classes(found, frame.boxes) for found, frame in pairs], frames)
    low, high = mean_interval(regimes, ap50)
    agreements = [match_f1(a, b) for a, b in zip(served, reference, strict=True)]
    shown = zip(served, frames, strict=True)
    alarms = [int((~match_classes(found, frame.boxes).hits).sum()) for found, frame in shown]
    return Score(
        variant=variant,
        size=size,
        street=street,
        ap50=_mean(regimes, ap50),
        interval=(round(low, DIGITS), round(high, DIGITS)),
        class_map50=_mean(regimes, class_map50),
        agreement=round(float(np.mean(agreements)), DIGITS),
        false_alarms=round(float(np.mean(alarms)), DIGITS),
    )


def _mean(
    regimes: Mapping[str, Sequence[Matches]], quality: Callable[[Sequence[Matches]], float]
) -> float:
    row = {regime: quality(results) for regime, results in regimes.items()}
    return round(headline(row) or 0.0, DIGITS)


def _above(
    boxes: Iterable[Boxes], frames: FrameSet, thresholds: Mapping[str, float]
) -> list[Boxes]:
    """The boxes that a device would serve in each frame's regime."""
    fallback = thresholds.get("", DEFAULT_THRESHOLD)
    return [
        found[found[:, 4] >= thresholds.get(frame.regime, fallback)]
        for found, frame in zip(boxes, frames, strict=True)
    ]


def keep_streets(report: AccuracyReport, weights_dir: Path) -> None:
    """Write what was measured into the cards beside the weights, for plans; others stay.

    Raises:
        RecipeError: the file of cards is damaged.
    """
    cards = [
        msgspec.structs.replace(card, street_ap50=table) if table else card
        for card in known_figures(weights_dir).values()
        for table in [street_table(report, card.recipe)]
    ]
    text = msgspec.json.format(msgspec.json.encode(cards))
    write_atomically(weights_dir / KNOWN_FIGURES, [text])


def street_table(report: AccuracyReport, variant: str) -> dict[str, dict[str, float]]:
    """Street -> size -> headline accuracy of one variant, without the shipped frames.

    Only of sets with the same regimes as these: a mean over nights beside one over all regimes
    would say nothing of the street.
    """
    regimes = {one.name: set(one.regimes) for one in report.sets}
    alike = {name for name in regimes if regimes[name] == regimes[SHIPPED]} - {SHIPPED}
    table: dict[str, dict[str, Any]] = {}
    for one in report.scores:
        if one.variant == variant and one.street in alike:
            table.setdefault(one.street, {})[one.size] = one.ap50
    return table
