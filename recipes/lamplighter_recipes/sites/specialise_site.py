"""Make a parent for one site: label, train, judge, and measure what networks do there.

Saves by choice, not by itself: a small network that knows the site does what a larger one that
knows only the city does, for a half or less of the work. Costs a minute or two of one core.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from lamplighter_recipes.building.parent_results import frame_results, parent_results
from lamplighter_recipes.building.parents import Parent, prepared
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.recipe.schema import DEFAULT_FAMILY
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.sites.blending import blended
from lamplighter_recipes.sites.expected_accuracy import expected_at_site
from lamplighter_recipes.sites.pictures import read_pictures
from lamplighter_recipes.sites.site_training import SiteTrainingConfig, train_for_site
from lamplighter_recipes.sites.teacher_labels import LabellingConfig, label_pictures
from lamplighter_recipes.sites.verdict import GateConfig, forgets, judge
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.frame_set import FrameSet
from lamplighter_recipes.tasks.resampling import paired_gain
from lamplighter_recipes.variants.identity import Materials, parent_version
from lamplighter_recipes.variants.site_parents import (
    AGREEMENT,
    LABELS,
    Gain,
    SiteResult,
    parent_key,
    site_parent_name,
    write_result,
)

if TYPE_CHECKING:
    from torch import nn

    from lamplighter_recipes.preparing.hooks import TrainingHook

Progress = Callable[[float, str], None]
DETECTION = "traffic"
DIGITS = 4
CHECKPOINT = "checkpoint"
BLENDS = (1.0, 0.8, 0.6)
# Fewer labelled pictures confirm or refute nothing.
LEAST_LABELLED = 12


@dataclass(frozen=True)
class SiteRequest:
    """What is asked for.

    Attributes:
        base: the parent to begin with; `teacher` labels the pictures.
        others: further parents (name, family) whose accuracy at the site is worth knowing.
        pictures: a folder of the site's own pictures.
        replay: a folder of the city's labelled pictures.
        blends: shares of what was learnt; the first that does not forget the city is taken.
    """

    site: str
    base: str
    teacher: str
    pictures: Path
    replay: Path
    family: str = DEFAULT_FAMILY
    teacher_family: str = DEFAULT_FAMILY
    others: Sequence[tuple[str, str]] = ()
    training: SiteTrainingConfig = field(default_factory=SiteTrainingConfig)
    labelling: LabellingConfig = field(default_factory=LabellingConfig)
    blends: Sequence[float] = BLENDS
    gate: GateConfig = field(default_factory=GateConfig)


def specialise_site(
    request: SiteRequest,
    materials: Materials,
    out_dir: Path,
    progress: Progress = lambda _share, _stage: None,
) -> SiteResult:
    """The site's parent, in `out_dir` beside its result if it gains; otherwise why it does not.

    What an earlier call with the same inputs had trained there is gone on from.

    Raises:
        RecipeError: pictures or weights cannot be used, or the family is not of detection.
    """
    _check_task(request)
    out_dir.mkdir(parents=True, exist_ok=True)
    work = _Work(request, materials, out_dir, progress)
    result = work.run()
    write_result(out_dir / RESULT_FILE, result)
    return result


RESULT_FILE = "result.json"


def _check_task(request: SiteRequest) -> None:
    for family in (request.family, request.teacher_family):
        task = facts_of_family(family).task
        if task != DETECTION:
            raise RecipeError(
                f"family {family!r} is for {task!r}",
                key="family",
                remedy=f"a site's parent can be made of networks for {DETECTION!r} only",
            )


class _Work:
    """The steps, one after the other, with their seconds."""

    def __init__(
        self, request: SiteRequest, materials: Materials, out_dir: Path, progress: Progress
    ) -> None:
        self._request, self._materials = request, materials
        self._out_dir, self._progress = out_dir, progress
        self._seconds: dict[str, float] = {}
        self._pictures = read_pictures(request.pictures)

    def run(self) -> SiteResult:
        base = self._parent(self._request.base, self._request.family)
        teacher = self._parent(self._request.teacher, self._request.teacher_family)
        training, held_out = self._label(teacher)
        learnt = self._train(base, training)
        began = time.monotonic()
        self._progress(0.85, "judge")
        site_parent, result = self._judge_blends(base, learnt, held_out)
        if result.kept:
            result = self._measure(result, base, site_parent, teacher, held_out)
        self._seconds["judge"] = round(time.monotonic() - began, 1)
        self._progress(1.0, "done")
        return msgspec.structs.replace(result, seconds=self._seconds)

    def _parent(self, name: str, family: str, weights_dir: Path | None = None) -> Parent:
        materials = self._materials
        return prepared(name, weights_dir or materials.weights_dir, materials.cache_dir, family)

    def _label(self, teacher: Parent) -> tuple[list[LabelledFrame], list[LabelledFrame]]:
        began, pictures = time.monotonic(), self._pictures
        infer = _infer(teacher)

        def progress(share: float) -> None:
            self._progress(0.15 * share, "label")

        labelled = label_pictures(
            infer,
            (*pictures.training, *pictures.held_out),
            self._request.site,
            self._request.labelling,
            progress,
            teacher.evaluator.task,
        )
        self._seconds["label"] = round(time.monotonic() - began, 1)
        count = len(pictures.training)
        return labelled[:count], labelled[count:]

    def _train(self, base: Parent, frames: list[LabelledFrame]) -> "nn.Module":
        began, share = time.monotonic(), self._request.training.moved_share
        network = self._trained(base, frames, 0, [])
        if share < 1:
            from lamplighter_recipes.sites.few_weights import FewWeights

            few = FewWeights(self._start(base), network, share)
            network = self._trained(base, frames, 1, [few])
        self._seconds["train"] = round(time.monotonic() - began, 1)
        return network

    def _trained(
        self,
        base: Parent,
        frames: list[LabelledFrame],
        number: int,
        hooks: Sequence["TrainingHook"],
    ) -> "nn.Module":
        """By the training of this number."""
        training = self._request.training
        trainings = training.all_steps // training.steps
        name = f"{CHECKPOINT}-{self._digest()}{'-few' if number else ''}.pt"

        def progress(share: float) -> None:
            self._progress(0.15 + 0.7 * (number + share) / trainings, "train")

        progress(0.0)
        return train_for_site(
            self._start(base),
            base.family,
            frames,
            self._request.replay,
            training,
            self._out_dir / name,
            progress,
            hooks,
        )

    def _start(self, base: Parent) -> "nn.Module":
        return base.family.load(self._request.base, self._materials.weights_dir)

    def _judge_blends(
        self, base: Parent, learnt: "nn.Module", held_out: list[LabelledFrame]
    ) -> tuple[Parent, SiteResult]:
        """What was learnt, or as much of it as keeps the city in mind."""
        for share in self._request.blends:
            site_parent = self._save(base, learnt, share)
            result = self._judge(base, site_parent, held_out)
            if not forgets(result.elsewhere, self._request.gate):
                break
        return site_parent, msgspec.structs.replace(result, blend=share)

    def _save(self, base: Parent, learnt: "nn.Module", share: float) -> Parent:
        """A network between the base and what was learnt, as the site's parent."""
        request = self._request
        network = blended(self._start(base), learnt, share)
        name = site_parent_name(request.base, request.site)
        card = {"site": request.site, "start": request.base, "steps": request.training.steps}
        base.family.save(network, name, self._out_dir, {**card, "blend": share})
        return self._parent(name, request.family, self._out_dir)

    def _digest(self) -> str:
        """Of all that decides what is trained: another request starts anew."""
        request, folder = self._request, self._materials.weights_dir
        pictures = [(p.name, p.stat().st_size) for p in self._pictures.training]
        content = (
            parent_version(request.base, folder),
            parent_version(request.teacher, folder),
            pictures,
            request.training,
            request.labelling,
        )
        return hashlib.sha256(repr(content).encode()).hexdigest()[:12]

    def _judge(
        self, base: Parent, site_parent: Parent, held_out: list[LabelledFrame]
    ) -> SiteResult:
        request, size = self._request, base.kind.main_size
        labels = self._pictures.labels
        agreement = _gain(base, site_parent, held_out, size)
        labelled = _gain(base, site_parent, labels, size) if _enough(labels) else None
        city = base.evaluator.load_frames(self._materials.evaluation_dir)
        elsewhere = _gain_on(
            base, parent_results(base, city, size), parent_results(site_parent, city, size)
        )
        verdict = judge(agreement, labelled, elsewhere, request.gate)
        training = request.training
        return SiteResult(
            site=request.site,
            parent=site_parent.name,
            version=site_parent.version,
            base=base.name,
            base_version=base.version,
            teacher=request.teacher,
            family=request.family,
            kept=verdict.kept,
            reasons=verdict.reasons,
            pictures=self._pictures.count,
            held_out=len(held_out),
            labelled=len(labels),
            steps=training.steps,
            agreement=agreement,
            labels=labelled,
            elsewhere=elsewhere,
            mmac=base.facts.work_at(size).mmac * training.all_steps * training.batch,
        )

    def _measure(
        self,
        result: SiteResult,
        base: Parent,
        site_parent: Parent,
        teacher: Parent,
        held_out: list[LabelledFrame],
    ) -> SiteResult:
        """What every network that is at hand does at the site: a plan compares them."""
        labels = self._pictures.labels
        by_labels = _enough(labels)
        frames = list(labels) if by_labels else held_out
        others = [self._parent(name, family) for name, family in self._request.others]
        networks = {(p.name, p.version): p for p in (base, site_parent, teacher, *others)}
        city = teacher.evaluator.load_frames(self._materials.evaluation_dir)
        expected = {}
        for number, network in enumerate(networks.values()):
            self._progress(0.9 + 0.1 * number / len(networks), f"measure {network.name}")
            expected[parent_key(network.name, network.version)] = expected_at_site(
                _qualities(network, frames), teacher, city, self._request.labelling, by_labels
            )
        return msgspec.structs.replace(
            result, expected=expected, measured_by=LABELS if by_labels else AGREEMENT
        )


def _enough(labels: Sequence[LabelledFrame]) -> bool:
    return len(labels) >= LEAST_LABELLED


def _infer(parent: Parent) -> Infer:
    return find_runtime(BASE_RUNTIME).open(parent.graph, parent.tensors)


def _qualities(parent: Parent, frames: Iterable[LabelledFrame]) -> dict[str, float]:
    infer, chosen, evaluator = _infer(parent), FrameSet(tuple(frames)), parent.evaluator
    return {
        size: evaluator.quality(frame_results(evaluator, infer, chosen, size))
        for size in parent.kind.sizes
    }


def _gain(base: Parent, after: Parent, frames: Iterable[LabelledFrame], size: str) -> Gain:
    chosen, evaluator = FrameSet(tuple(frames)), base.evaluator
    results = [frame_results(evaluator, _infer(p), chosen, size) for p in (base, after)]
    return _gain_on(base, *results)


def _gain_on(base: Parent, before: Sequence[Any], after: Sequence[Any]) -> Gain:
    quality = base.evaluator.quality
    _, low, high = paired_gain(after, before, quality)
    values = {"before": quality(before), "after": quality(after), "low": low, "high": high}
    return Gain(**{name: round(value, DIGITS) for name, value in values.items()})
