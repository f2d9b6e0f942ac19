"""A graph taken apart and put together."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import RANGES, take_apart
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import MODEL_FILE, TENSORS_FILE, assemble, pack
from lamplighter_wire.tasks.detection import TENSORS
from onnx import TensorProto, helper, numpy_helper

from tests.simulators.recipe_rig import quantized

pytestmark = pytest.mark.torch

IMAGES = np.random.default_rng(0).integers(0, 255, (2, 96, 128, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["float", "int8"])
def test_parts_give_the_same_answers(
    graph: Path, folders: Materials, tmp_path: Path, kind: str
) -> None:
    source = graph if kind == "float" else quantized(graph, folders, tmp_path / "q.onnx")
    files = take_apart(source)
    assert take_apart(source) == files
    packed = pack(files)
    model = tmp_path / "device" / "model.onnx"
    model.parent.mkdir()
    assemble(packed.parts, packed.chunks.__getitem__, model.parent)
    ours, theirs = (open_infer(file, TENSORS)(IMAGES) for file in (model, source))
    for name in TENSORS.outputs:
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_another_calibration_changes_one_small_part(
    graph: Path, folders: Materials, tmp_path: Path
) -> None:
    first = take_apart(quantized(graph, folders, tmp_path / "a.onnx"))
    second = take_apart(quantized(graph, folders, tmp_path / "b.onnx", "night"))
    assert first[0] == second[0]
    pairs = zip(first[1].pieces, second[1].pieces, strict=True)
    changed = [a.name for a, b in pairs if a.data != b.data]
    assert changed == [RANGES]


def test_a_weight_that_another_operator_makes_is_no_weight_of_its_own(tmp_path: Path) -> None:
    """As of layers that share a weight and turn it."""
    weight = numpy_helper.from_array(np.ones((8, 4), np.float32), "w")
    nodes = [
        helper.make_node("Transpose", ["w"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "turned"], ["y"]),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])
    graph = helper.make_graph(nodes, "g", [given], [result], [weight])
    onnx.save(helper.make_model(graph, ir_version=9), tmp_path / "m.onnx")
    assert [file.name for file in take_apart(tmp_path / "m.onnx")] == [MODEL_FILE, TENSORS_FILE]
