"""How detectors are trained and measured: the pictures, the loss, the figures."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, parse_size
from torch import Tensor, nn

from lamplighter_recipes.families.street_batches import Sources, make_batch
from lamplighter_recipes.preparing.batches import Batch, TrainConfig, made_ahead
from lamplighter_recipes.preparing.prepare import TrainRequest
from lamplighter_recipes.tasks.detection.evaluation import (
    OVERALL,
    choose_thresholds,
    evaluate,
    match_frames,
    predict,
    rounded,
    to_json,
)
from lamplighter_recipes.tasks.detection.frame_set import area_averaged
from lamplighter_recipes.tasks.detection.labels import LabelledFrame, load_labelled_frames
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import to_seven_classes
from lamplighter_recipes.tasks.detection.real_video_check import real_check
from lamplighter_recipes.tasks.detection.torch_inference import torch_infer
from lamplighter_recipes.tasks.detection.training.distillation_loss import soft_loss
from lamplighter_recipes.tasks.detection.training.loss import detection_loss
from lamplighter_recipes.tasks.detection.training.pretrained import (
    PACKAGE,
    fetch_start_weights,
    load_coco,
)
from lamplighter_recipes.tasks.detection.training.pseudo_labels import TrafficOnly, training_part

COCO = "coco"  # the COCO-trained NanoDet in place of a parent


@dataclass(frozen=True)
class StreetTraining:
    """Pictures of streets and the detector's loss on them. `origin`: of the card."""

    sources: Sources
    origin: Mapping[str, Any]

    def batches(self, config: TrainConfig, seed: int) -> Iterator[Batch]:
        """Pictures with a list of boxes [n, 5] each."""
        rng = np.random.default_rng(seed)
        return made_ahead(lambda: make_batch(self.sources, rng, config))

    def loss(
        self,
        network: Detector,
        images: Tensor,
        labels: list[Tensor],
        teacher: Detector | None,
        config: TrainConfig,
    ) -> tuple[Tensor, Mapping[str, float]]:
        """Quality, boxes and distances; with a teacher its soft answers as well."""
        learning = config.bfloat16 and learns_faster_in_bfloat16(network, images.device)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=learning):
            levels = network.raw(images)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=config.bfloat16):
            soft = _raw(teacher, images) if teacher else None
        losses = detection_loss(levels, [boxes.to(images.device) for boxes in labels])
        parts = {"quality": losses.quality, "box": losses.box}
        if soft is None:
            return losses.total, parts
        return losses.total + soft_loss(levels, soft, config.soft), parts

    def facts(self) -> dict[str, Any]:
        """How many pictures of which kind."""
        counts = {"scenes": len(self.sources.scenes), "real_frames": len(self.sources.real)}
        return {**self.origin, **counts}


def learns_faster_in_bfloat16(network: nn.Module, device: torch.device) -> bool:
    """Not on a CPU if depthwise convolutions are among its layers: their gradients take 1.6 times
    as long in 16-bit floats."""
    if device.type != "cpu":
        return True
    convolutions = (layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
    return all(layer.groups == 1 for layer in convolutions)


@torch.no_grad()
def _raw(teacher: Detector, images: Tensor) -> list[Tensor]:
    return teacher.raw(images)


def street_training(request: TrainRequest, start: str) -> StreetTraining:
    """The scenes of a request and real pictures: those of a site, or, labelled by the COCO-trained
    network, the first part of its real videos."""
    real: list[LabelledFrame] = list(request.site)
    if request.videos:
        real = training_part(_seven_class_start(request), request.videos, request.real_every)
    sources = Sources(request.scenes, real)
    origin = {
        "start": f"{PACKAGE} (COCO)" if start == COCO else start,
        "scene_seeds": [_seed_of(folder) for folder in request.scenes],
    }
    return StreetTraining(sources, origin)


def coco_start(request: TrainRequest) -> Detector:
    """The COCO-trained network with the seven traffic classes."""
    return Detector(to_seven_classes(load_coco(_start_folder(request))))


def real_video(
    detector: Detector, request: TrainRequest, accuracy: dict[str, Any]
) -> dict[str, Any]:
    """The card's part on real video; empty without videos, labels or thresholds."""
    if not request.videos or request.real_labels is None or not accuracy:
        return {}
    size = DEFAULT_SIZES[-1]
    check = real_check(
        torch_infer(detector.eval()),
        torch_infer(_seven_class_start(request)),
        request.videos,
        request.real_labels,
        parse_size(size),
        accuracy[size][OVERALL]["threshold"],
    )
    return {"real_video": rounded(check)}


def _seed_of(folder: Path) -> int | None:
    """The seed that a folder of rendered scenes says it was made with."""
    info = json.loads((folder / "annotations.json").read_text()).get("info", {})
    seed = info.get("seed")
    return int(seed) if seed is not None else None


def _start_folder(request: TrainRequest) -> Path:
    return fetch_start_weights(request.cache_dir / "nanodet-coco", request.start_archive)


def _seven_class_start(request: TrainRequest) -> TrafficOnly:
    return TrafficOnly(Detector(load_coco(_start_folder(request)))).eval()


def accuracy_table(
    detector: Detector, validation: Path | None, test: Path | None
) -> dict[str, dict[str, Any]]:
    """Size -> regime -> figures on the test folder, with thresholds from the validation folder."""
    if validation is None or test is None:
        return {}
    choosing, reporting = load_labelled_frames(validation), load_labelled_frames(test)
    infer = torch_infer(detector.eval())
    table = {}
    for name in DEFAULT_SIZES:
        size = parse_size(name)
        matches = match_frames(predict(infer, choosing, size, area_averaged), choosing)
        thresholds = choose_thresholds(matches, choosing)
        predictions = predict(infer, reporting, size, area_averaged)
        table[name] = to_json(evaluate(predictions, reporting, thresholds))
    return table
