"""Distillation: a small network learns from large ones' soft answers beside the labels.

Soft labels: Hinton, Vinyals & Dean, 2015; boxes: localisation distillation, Zheng et al., CVPR
2022; features: FitNets, Romero et al., ICLR 2015. Saves nothing by itself: it gives back accuracy
that pruning took, on every hardware.
"""

from dataclasses import dataclass, replace

from lamplighter_wire.rules.sizes import SIZE_MULTIPLE, parse_size, size_key, tiles
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.model_family import find_family
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.tasks.detection.training.distillation_loss import SoftConfig
from lamplighter_recipes.tasks.detection.training.teachers import (
    ANY_LIGHT,
    DAY,
    NIGHT,
    Expert,
    TeacherBoard,
    Weighting,
)
from lamplighter_recipes.techniques.bounds import Count, NotNegative, Positive
from lamplighter_recipes.techniques.distillation.hints import FeatureHints


@dataclass(frozen=True)
class TeacherChoice:
    """A parent by name, of the student's family unless another is named.

    `light`: the part of the day that it knows best, `day` or `night`; empty: any.
    """

    parent: str
    light: str = ANY_LIGHT
    family: str = ""

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: there is no such light.
        """
        if self.light not in (ANY_LIGHT, DAY, NIGHT):
            raise RecipeError(
                f"{self.light!r} is no light",
                key="teachers.light",
                remedy=f"write {DAY!r}, {NIGHT!r}, or leave it out",
            )


@dataclass(frozen=True)
class DistillConfig:
    """The `teacher` is a parent's name; weights and temperature as in `SoftConfig`.

    Attributes:
        teachers: several in place of the one; `weighting` says whose answer counts: `equal`,
            `confidence` (of each cell, the surest), or `regime` (by the light of the picture).
        feature_weight: of hints: the student's inner maps follow the first teacher's; 0: none.
        sizes: the pictures' sizes, drawn evenly; empty: the usual ones in their usual shares. Small
            ones first see more pictures in the same time (EfficientNetV2: Tan & Le, ICML 2021).
    """

    teacher: str = "nanodet-full"
    teachers: tuple[TeacherChoice, ...] = ()
    weighting: Weighting = Weighting.CONFIDENCE
    minutes: Positive = 20.0
    learning_rate: Positive = 1e-3
    batch: Count = 8  # small steps: a student moves far from where pruning left it
    score_weight: NotNegative = 1.0
    box_weight: NotNegative = 0.5
    feature_weight: NotNegative = 0.0
    temperature: Positive = 2.0
    sizes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: teachers have lights that the weighting does not ask for, or no such size.
        """
        self.shares()
        if self.weighting is not Weighting.REGIME and any(t.light for t in self.teachers):
            raise RecipeError(
                f"a teacher's light counts for nothing where weighting is {self.weighting.value!r}",
                key="weighting",
                remedy=f"write {Weighting.REGIME.value!r}, or leave the lights out",
            )

    def shares(self) -> tuple[tuple[int, int, float], ...]:
        """Width, height and share of each size; empty where the usual ones are meant.

        Raises:
            RecipeError: a size is none.
        """
        try:
            sizes = [parse_size(size) for size in self.sizes]
        except ValueError as error:
            raise RecipeError(str(error), key="sizes", remedy='write e.g. ["256x192"]') from error
        for size in sizes:
            if not tiles(*size):
                raise RecipeError(
                    f"{size_key(*size)} is not cut by {SIZE_MULTIPLE} without a rest",
                    key="sizes",
                    remedy=f"write multiples of {SIZE_MULTIPLE}",
                )
        return tuple((*size, 1 / len(sizes)) for size in sizes)


@technique(DistillConfig)
def distill(student: nn.Module, config: DistillConfig, bench: Workbench) -> nn.Module:
    """Train the student on the bench's pictures against labels and teachers.

    Raises:
        RecipeError: a teacher is missing.
    """
    soft = SoftConfig(config.score_weight, config.box_weight, config.temperature)
    settings = replace(
        bench.train,
        minutes=config.minutes,
        learning_rate=config.learning_rate,
        batch=config.batch,
        soft=soft,
        sizes=config.shares() or bench.train.sizes,
    )
    teacher, first = _teachers(config, bench)
    hints = [FeatureHints(first, config.feature_weight)] if config.feature_weight > 0 else []
    return bench.run(student, settings, teacher, hints)


def _teachers(config: DistillConfig, bench: Workbench) -> tuple[nn.Module, nn.Module]:
    """All as one, and the first by itself."""
    choices = config.teachers or (TeacherChoice(config.teacher),)
    experts = [Expert(_load(choice, bench), choice.light) for choice in choices]
    first = experts[0].network
    return (first if len(experts) == 1 else TeacherBoard(experts, config.weighting)), first


def _load(choice: TeacherChoice, bench: Workbench) -> nn.Module:
    family = find_family(choice.family) if choice.family else bench.family
    return family.load(choice.parent, bench.weights_dir)
