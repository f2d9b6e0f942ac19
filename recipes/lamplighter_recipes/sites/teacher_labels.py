"""Labels of unlabelled pictures: what the best network at hand is sure of.

Pseudo-labels (Lee, 2013), as self-training of detectors for a place uses them (RoyChowdhury et al.,
CVPR 2019): sure boxes are taught, unsure ones are neither right nor wrong. Each picture is looked
at several times, larger and mirrored, as no device has the time to (Radosavovic et al., Data
distillation, CVPR 2018): so the teacher knows more than it can serve.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.task import Task

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.sites.fused_boxes import fused, mirrored_back
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes
from lamplighter_recipes.tasks.detection.labels import Image, LabelledFrame
from lamplighter_recipes.tasks.detection.training.pseudo_labels import detect_at
from lamplighter_recipes.tasks.evaluator import Infer

Progress = Callable[[float], None]


@dataclass(frozen=True)
class LabellingConfig:
    """At which sizes (width, height) the teacher looks, whether also at the picture mirrored, and
    from which scores on its boxes count."""

    sizes: tuple[tuple[int, int], ...] = ((512, 384), (640, 480), (768, 576))
    mirrored: bool = True
    sure_score: float = 0.4
    vague_score: float = 0.25


def teacher_answer(
    teacher: Infer, image: Image, config: LabellingConfig, task: Task = DETECTION
) -> Boxes:
    """Boxes [n, 6] of all looks at a picture [H, W, 3] together, in its own pixels."""
    looks = [detect_at(teacher, image, size, task) for size in config.sizes]
    if config.mirrored:
        mirror = np.ascontiguousarray(image[:, ::-1])
        answers = [detect_at(teacher, mirror, size, task) for size in config.sizes]
        looks += [mirrored_back(boxes, image.shape[1]) for boxes in answers]
    return fused(looks) if len(looks) > 1 else looks[0]


def sure_boxes(answer: Boxes, config: LabellingConfig) -> Boxes:
    """Boxes [n,6] with scores -> labels [m,5], in which unsure ones are ignored."""
    seen = answer[answer[:, 4] >= config.vague_score]
    labels = seen[:, [0, 1, 2, 3, 5]]
    labels[seen[:, 4] < config.sure_score, 4] = IGNORE
    return labels


def label_pictures(
    teacher: Infer,
    files: Iterable[Path],
    camera: str,
    config: LabellingConfig,
    progress: Progress = lambda _share: None,
    task: Task = DETECTION,
) -> list[LabelledFrame]:
    """The pictures with the teacher's boxes, in each picture's own pixels.

    `task` reads the teacher's outputs.

    Raises:
        RecipeError: a file is no readable picture.
    """
    paths, frames = list(files), []
    for number, path in enumerate(paths):
        image = read_picture(path)
        boxes = sure_boxes(teacher_answer(teacher, image, config, task), config)
        frames.append(LabelledFrame(path, image.shape[1], image.shape[0], boxes, "", camera))
        progress((number + 1) / len(paths))
    return frames


def read_picture(path: Path) -> Image:
    """RGB pixels [H,W,3].

    Raises:
        RecipeError: it is missing or damaged.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise RecipeError("is no readable picture", file=str(path), remedy="take it out")
    return np.asarray(picture, np.uint8)
