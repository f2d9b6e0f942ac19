"""Real video as training material: the COCO-trained start labels the training part."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from lamplighter_wire.tasks.detection import CLASSES, DETECTION, iou_matrix
from lamplighter_wire.tasks.task import Task
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes
from lamplighter_recipes.tasks.detection.evaluation import detect, scaled
from lamplighter_recipes.tasks.detection.labels import Image, LabelledFrame
from lamplighter_recipes.tasks.detection.networks.detector import SIZE_MULTIPLE, Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import COCO_OF_CLASS
from lamplighter_recipes.tasks.detection.real_video import real_split
from lamplighter_recipes.tasks.detection.torch_inference import torch_infer
from lamplighter_recipes.tasks.detection.training.augmentation import resize
from lamplighter_recipes.tasks.evaluator import Infer

SURE_SCORE = 0.35  # the start's boxes from here on are taught
VAGUE_SCORE = 0.25  # between the two they are ignored
# Who stands at the same place in this share of a fixed camera's frames is a sign or a cone.
STATIC_SHARE = 0.4
STATIC_IOU = 0.6
LONGEST_PX = 768  # frames are labelled at about their own size, at most this long
# One of our classes per COCO class; COCO has no van.
CLASS_OF_COCO = {
    coco[0]: CLASSES.index(name) for name, coco in COCO_OF_CLASS.items() if len(coco) == 1
}


class TrafficOnly(nn.Module):
    """The 80-class start seen through seven traffic classes; van stays empty."""

    def __init__(self, coco: Detector) -> None:
        super().__init__()
        self.coco = coco

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """uint8 [N,H,W,3] -> scores [N,A,7], distances [N,A,4]."""
        scores, distances = self.coco(images)
        seven = torch.zeros(*scores.shape[:2], len(CLASSES))
        for coco, ours in CLASS_OF_COCO.items():
            seven[..., ours] = scores[..., coco]
        return seven, distances


def read_video(path: Path) -> list[Image]:
    """All frames, uint8 [H,W,3] RGB.

    Raises:
        RecipeError: when the file holds no readable frame.
    """
    capture = cv2.VideoCapture(str(path))
    frames: list[Image] = []
    while (reading := capture.read())[0]:
        frames.append(np.asarray(cv2.cvtColor(reading[1], cv2.COLOR_BGR2RGB), np.uint8))
    capture.release()
    if not frames:
        raise RecipeError(f"{path}: no readable video frame")
    return frames


def fitted_size(image: Image) -> tuple[int, int]:
    """Width and height near the picture's own, as multiples of the coarsest stride."""
    scale = min(1.0, LONGEST_PX / max(image.shape[:2]))
    height, width = (max(1, round(side * scale / SIZE_MULTIPLE)) for side in image.shape[:2])
    return width * SIZE_MULTIPLE, height * SIZE_MULTIPLE


def detect_at(infer: Infer, image: Image, size: tuple[int, int], task: Task = DETECTION) -> Boxes:
    """Boxes [n,6] (x1,y1,x2,y2,score,class) in the picture's pixels, computed at `size`.

    `task` reads the network's outputs.
    """
    width, height = size
    small, _ = resize(image, np.zeros((0, 5), np.float32), width, height)
    return scaled(detect(infer, small, task), image.shape[1] / width, image.shape[0] / height)


def pseudo_label(start: TrafficOnly, image: Image, camera: str) -> LabelledFrame:
    """A sample whose boxes are the start's own; unsure ones are marked as ignored."""
    predictions = detect_at(torch_infer(start), image, fitted_size(image))
    predictions = predictions[predictions[:, 4] >= VAGUE_SCORE]
    boxes = predictions[:, [0, 1, 2, 3, 5]]
    boxes[predictions[:, 4] < SURE_SCORE, 4] = IGNORE
    return LabelledFrame(Path(camera), image.shape[1], image.shape[0], boxes, "", camera, image)


def training_part(start: TrafficOnly, videos: list[Path], every: int = 1) -> list[LabelledFrame]:
    """Pseudo-labelled frames of the training part of each video, one in `every`."""
    samples: list[LabelledFrame] = []
    for path in videos:
        frames = read_video(path)
        chosen = real_split(len(frames))[0][::every]
        labelled = [pseudo_label(start, frames[index], path.stem) for index in chosen]
        samples += without_static_people(labelled)
    return samples


def without_static_people(samples: list[LabelledFrame]) -> list[LabelledFrame]:
    """Drop person boxes that stay put through one camera's frames: the start's standing errors.

    Unsure boxes count as well; sure vehicles stay, for vehicles park.
    """
    person = CLASSES.index("person")
    everyone = [s.boxes[np.isin(s.boxes[:, 4], (person, IGNORE))] for s in samples]
    cleaned = []
    for sample in samples:
        overlaps = [iou_matrix(sample.boxes, others) for others in everyone]
        presence = np.mean([row.max(1, initial=0) > STATIC_IOU for row in overlaps], axis=0)
        static = (presence > STATIC_SHARE) & np.isin(sample.boxes[:, 4], (person, IGNORE))
        cleaned.append(replace(sample, boxes=sample.boxes[~static]))
    return cleaned
