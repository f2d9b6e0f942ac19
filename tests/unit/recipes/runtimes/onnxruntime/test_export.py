"""The exported graph of a tiny real network."""

from pathlib import Path

import numpy as np
import pytest
import torch
from lamplighter_recipes.runtimes.onnxruntime.export import export
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.techniques.pruning.prune import PruneConfig, prune_channels
from lamplighter_wire.tasks.detection import TENSORS, anchor_centres

from tests.simulators.recipe_rig import random_images, tiny_detector

pytestmark = pytest.mark.torch

IMAGES = np.random.default_rng(0).integers(0, 255, (2, 96, 128, 3), dtype=np.uint8)


def test_the_graph_computes_what_the_network_computes(graph: Path) -> None:
    with torch.no_grad():
        wanted = [t.numpy() for t in tiny_detector()(torch.from_numpy(IMAGES))]
    found = open_infer(graph, TENSORS)(IMAGES).values()
    # The border differs a little: it is padded with grey instead of each channel's mean.
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() < 0.02 * np.abs(theirs).mean()


def test_height_width_and_number_of_pictures_are_free(graph: Path) -> None:
    outputs = open_infer(graph, TENSORS)(np.zeros((3, 64, 96, 3), np.uint8))
    anchors = 8 * 12 + 4 * 6 + 2 * 3
    assert outputs["scores"].shape == (3, anchors, 7)
    assert outputs["distances"].shape == (3, anchors, 4)


def test_a_pruned_parent_exports_with_dynamic_size(tiny: Detector, tmp_path: Path) -> None:
    pruned = prune_channels(tiny, PruneConfig(ratio=0.5))
    export(pruned, tmp_path / "model.onnx", TENSORS)
    infer = open_infer(tmp_path / "model.onnx", TENSORS)
    for width, height in ((64, 96), (128, 96)):
        images = random_images(1, width, height)
        with torch.no_grad():
            expected, _ = pruned(images)
        outputs = infer(images.numpy())
        assert outputs["distances"].shape == (1, len(anchor_centres(width, height)), 4)
        np.testing.assert_allclose(outputs["scores"], expected.numpy(), atol=1e-3)
