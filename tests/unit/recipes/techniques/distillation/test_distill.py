"""Distillation from one teacher and from several, on a problem of two lights."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.families.nanodet import NanoDetFamily
from lamplighter_recipes.families.street_batches import Sources
from lamplighter_recipes.families.street_training import StreetTraining
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook
from lamplighter_recipes.preparing.trainer import Trainer, Workbench
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet
from lamplighter_recipes.tasks.detection.training.augmentation import AugmentConfig
from lamplighter_recipes.tasks.detection.training.loss import detection_loss
from lamplighter_recipes.tasks.detection.training.teachers import DAY, NIGHT, Weighting
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent
from lamplighter_recipes.techniques.distillation.distill import (
    DistillConfig,
    TeacherChoice,
    distill,
)

from tests.simulators.recipe_rig import PRUNABLE, TINY
from tests.simulators.tiny_detectors import tiny_of

pytestmark = pytest.mark.torch

SIZE = 64
STEPS = 60
SEEDS = (0, 1, 2)
SETTINGS = TrainConfig(
    batch=4,
    learning_rate=3e-3,
    ema_decay=0.9,
    sizes=((SIZE, SIZE, 1.0),),
    threads=1,
    bfloat16=False,
    max_steps=STEPS,
    augment=AugmentConfig(plain=1.0, light=0.0, noise=1.0),
)


def _frame(seed: int, light: str, labelled: bool = True) -> LabelledFrame:
    """By day a dark object on bright ground, by night a bright one on dark ground."""
    rng = np.random.default_rng(seed)
    ground, thing = ((150, 190), 20) if light == DAY else ((0, 20), 230)
    image = rng.integers(*ground, (SIZE, SIZE, 3)).astype(np.uint8)
    x, y = (int(v) for v in rng.integers(2, SIZE - 26, 2))
    image[y : y + 20, x : x + 24] = thing
    box = [x, y, x + 24, y + 20, 0] if labelled else [0, 0, SIZE, SIZE, IGNORE]
    boxes = np.array([box], np.float32)
    return LabelledFrame(Path("memory"), SIZE, SIZE, boxes, image=image)


def _frames(lights: tuple[str, ...], seed: int, labelled: bool = True) -> list[LabelledFrame]:
    return [_frame(1000 * seed + i, lights[i % len(lights)], labelled) for i in range(12)]


def _training(frames: list[LabelledFrame]) -> StreetTraining:
    return StreetTraining(Sources.of(frames), {})


def _taught(seed: int, light: str) -> Detector:
    """A network that has seen one light only."""
    torch.manual_seed(seed)
    config = replace(SETTINGS, seed=seed)
    trained = Trainer(Detector(NanoDet(PRUNABLE)), config, _training(_frames((light,), seed))).run()
    assert isinstance(trained, Detector)
    return trained


def _loss(network: torch.nn.Module, seed: int) -> float:
    """On labelled pictures of both lights that nobody was trained on; less is better."""
    frames = _frames((DAY, NIGHT), seed + 77)
    images = torch.from_numpy(np.stack([frame.rgb() for frame in frames]))
    labels = [torch.from_numpy(frame.boxes) for frame in frames]
    with torch.no_grad():
        return float(detection_loss(network.raw(images), labels).total)  # type: ignore[operator]


def _student(folder: Path, seed: int, config: DistillConfig) -> Detector:
    """Taught by the teachers in the folder alone: its own pictures have no labels."""
    torch.manual_seed(100 + seed)
    training = _training(_frames((DAY, NIGHT), seed + 33, labelled=False))
    bench = Workbench(NanoDetFamily(), training, replace(SETTINGS, seed=seed), folder)
    student = distill(Detector(NanoDet(TINY)), config, bench)
    assert isinstance(student, Detector)
    return student


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teachers")
    for seed in SEEDS:
        for light in (DAY, NIGHT):
            save_parent(_taught(seed, light), f"{light}-{seed}", folder)
    return folder


def _config(*choices: TeacherChoice, weighting: Weighting = Weighting.CONFIDENCE) -> DistillConfig:
    return DistillConfig(
        teachers=choices, weighting=weighting, learning_rate=3e-3, batch=4, score_weight=2.0
    )


@pytest.mark.parametrize("weighting", [Weighting.CONFIDENCE, Weighting.REGIME])
def test_two_teachers_make_a_better_student_than_the_worse_of_them(
    teachers: Path, weighting: Weighting
) -> None:
    of_worse, of_both = [], []
    for seed in SEEDS:
        asked = weighting is Weighting.REGIME
        choices = [TeacherChoice(f"{lt}-{seed}", lt if asked else "") for lt in (DAY, NIGHT)]
        single = [replace(choice, light="") for choice in choices]
        alone = [_loss(_student(teachers, seed, _config(choice)), seed) for choice in single]
        both = _student(teachers, seed, _config(*choices, weighting=weighting))
        of_worse.append(max(alone))
        of_both.append(_loss(both, seed))
    assert np.mean(of_both) < np.mean(of_worse)
    assert sum(np.less(of_both, of_worse)) >= 2, (of_both, of_worse)


def test_a_light_that_there_is_not_is_refused(teachers: Path) -> None:
    with pytest.raises(RecipeError, match="no light"):
        _student(teachers, 0, _config(TeacherChoice("day-0", "dusk")))


def test_a_light_that_counts_for_nothing_is_refused() -> None:
    with pytest.raises(RecipeError, match="counts for nothing"):
        _config(TeacherChoice("day-0", DAY), weighting=Weighting.EQUAL)


class SizesSeen(TrainingHook):
    """Heights and widths of the batches."""

    def __init__(self) -> None:
        self.sizes: set[tuple[int, ...]] = set()

    def loss(self, moment: Moment, images: torch.Tensor, labels: Any) -> None:
        """Adds nothing."""
        self.sizes.add(tuple(images.shape[1:3]))


def test_pictures_have_the_sizes_that_are_asked_for(teachers: Path) -> None:
    watcher = SizesSeen()
    training = _training(_frames((DAY,), 0))
    settings = replace(SETTINGS, max_steps=12)
    bench = Workbench(NanoDetFamily(), training, settings, teachers, hooks=[watcher])
    config = replace(_config(TeacherChoice("day-0")), sizes=("96x32", "32x64"))
    distill(Detector(NanoDet(TINY)), config, bench)
    assert watcher.sizes == {(32, 96), (64, 32)}


@pytest.mark.parametrize("size", ["wide", "100x64"])
def test_a_size_that_does_not_tile_is_refused(size: str) -> None:
    with pytest.raises(RecipeError, match=size):
        DistillConfig(sizes=(size,))


def test_hints_bring_inner_maps_closer(teachers: Path) -> None:
    """Without a soft loss the hints alone teach."""
    hinted = DistillConfig(
        teacher="day-0", feature_weight=1.0, score_weight=0.0, box_weight=0.0, learning_rate=3e-3
    )
    unhinted = replace(hinted, feature_weight=0.0)
    distances = [
        _best_fit(_student(teachers, 0, config), teachers) for config in (hinted, unhinted)
    ]
    assert distances[0] < 0.8 * distances[1]


def _best_fit(student: Detector, folder: Path) -> float:
    """What is left of the teacher's maps after the best linear map of the student's."""
    from lamplighter_recipes.techniques.distillation.hints import neck_maps

    frames = _frames((DAY,), 5)
    images = torch.from_numpy(np.stack([frame.rgb() for frame in frames]))
    with torch.no_grad():
        given, wanted = (
            neck_maps(network, images)[0].permute(0, 2, 3, 1).flatten(0, 2)
            for network in (student, load_parent("day-0", folder))
        )
    given = torch.cat([given, torch.ones(len(given), 1)], 1)
    fit = given @ torch.linalg.lstsq(given, wanted).solution
    return float((fit - wanted).square().mean() / wanted.var())


@pytest.mark.parametrize("kind", ["nanodet-relu", "mobilenetv3", "mobilenetv3-relu"])
def test_a_teacher_may_be_of_another_family(kind: str, tmp_path: Path) -> None:
    """Soft answers have the same shapes, and hints are lifted to a teacher's widths."""
    save_parent(tiny_of(kind), "other", tmp_path)
    choice = TeacherChoice("other", family=kind.removesuffix("-relu"))
    taught = replace(_config(choice), feature_weight=1.0)
    untaught = replace(taught, feature_weight=0.0, score_weight=0.0, box_weight=0.0)
    teacher = load_parent("other", tmp_path)
    after, without = (
        _difference(_student(tmp_path, 0, config), teacher) for config in (taught, untaught)
    )
    assert after < 0.9 * without


def _difference(student: Detector, teacher: Detector) -> float:
    """Mean distance of their scores on pictures of both lights."""
    images = torch.from_numpy(np.stack([frame.rgb() for frame in _frames((DAY, NIGHT), 5)]))
    with torch.no_grad():
        return float((student(images)[0] - teacher(images)[0]).abs().mean())
