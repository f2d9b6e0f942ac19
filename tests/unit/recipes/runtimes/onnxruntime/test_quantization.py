"""Eight bits beside floats."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_recipes.runtimes.onnxruntime.graph import PIXEL_TENSOR
from lamplighter_recipes.runtimes.onnxruntime.quantization import tail_nodes
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import quantized

pytestmark = pytest.mark.torch


def test_eight_bits_stay_close_and_read_pixels_directly(
    graph: Path, folders: Materials, tmp_path: Path
) -> None:
    path = quantized(graph, folders, tmp_path / "q.onnx")
    image = bilinear(load_frames(folders.evaluation_dir).frames[0], 128, 96)[None]
    ours, theirs = (open_infer(file, TENSORS)(image) for file in (path, graph))
    for value, reference in zip(ours.values(), theirs.values(), strict=True):
        assert np.abs(value - reference).mean() < 0.1 * np.abs(reference).mean()
    model = onnx.load(path)
    names = {name for node in model.graph.node for name in node.output}
    assert PIXEL_TENSOR not in names
    tail = {node.op_type for node in model.graph.node if node.name in tail_nodes(model.graph)}
    assert {"Sigmoid", "Softmax"} <= tail
