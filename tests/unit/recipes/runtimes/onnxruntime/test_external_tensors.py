"""A graph taken apart and put together."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import RANGES, take_apart
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import assemble, pack
from lamplighter_wire.tasks.detection import TENSORS

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
