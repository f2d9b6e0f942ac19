"""Ranges over pictures: of which tensors, and by which rule."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_recipes.runtimes.calibration_rule import Method
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantizable_tensors, tail_nodes
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import TENSORS

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def pictures(folders: Materials) -> list[np.ndarray]:
    return [bilinear(frame, 128, 96)[None] for frame in load_frames(folders.calibration_dir)]


def test_the_tail_is_not_measured(graph: Path) -> None:
    model = onnx.load(graph)
    tail = {
        n for node in model.graph.node if node.name in tail_nodes(model.graph) for n in node.output
    }
    assert not tail.intersection(quantizable_tensors(model.graph))


@pytest.mark.parametrize("method", ["percentile", "entropy", "mse"])
def test_other_rules_stay_within_the_extremes(
    graph: Path, pictures: list[np.ndarray], method: Method
) -> None:
    widest = measure_ranges(graph, TENSORS, pictures, "minmax")
    chosen = measure_ranges(graph, TENSORS, pictures, method)
    assert chosen.keys() == widest.keys()
    slack = 1e-5
    for name, (low, high) in chosen.items():
        assert min(widest[name][0], 0) - slack <= low <= high <= max(widest[name][1], 0) + slack
    assert any(chosen[name] != widest[name] for name in widest)
