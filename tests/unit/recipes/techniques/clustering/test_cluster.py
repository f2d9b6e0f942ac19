"""Clustered graphs run, differ little, and take fewer bytes on the wire."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import take_apart
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.techniques.clustering.cluster import cluster
from lamplighter_recipes.techniques.clustering.sharing import Sharing
from lamplighter_wire.artifacts.packing import smallest
from lamplighter_wire.blobs import Packed, artifact_sha256, assemble, compress, pack
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 48
RANGES = {"picture": (-3.0, 3.0), "answer": (-2.5, 2.5)}


@dataclass(frozen=True)
class Context:
    runtime: str = "onnxruntime"


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """One convolution whose channels differ in scale, as those of trained networks do."""
    random = np.random.default_rng(0)
    weights = random.standard_t(4, (CHANNELS, CHANNELS, 3, 3)) / 40
    weights *= random.uniform(0.2, 1, (CHANNELS, 1, 1, 1))
    shape = [1, CHANNELS, 8, 8]
    tensors = [numpy_helper.from_array(weights.astype(np.float32), "w")]
    node = helper.make_node("Conv", ["picture", "w"], ["answer"], pads=[1, 1, 1, 1], name="conv")
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
        for name in ("picture", "answer")
    ]
    model = helper.make_model(
        helper.make_graph([node], "g", *ends, tensors),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    path = tmp_path / "float.onnx"
    onnx.save(model, path)
    return path


def _packed(path: Path) -> Packed:
    return pack(take_apart(path), encode=smallest)


def _wire_bytes(path: Path) -> int:
    return sum(len(compress(raw)) for raw in _packed(path).chunks.values())


def _answer(path: Path) -> np.ndarray:
    from onnxruntime import InferenceSession

    picture = np.random.default_rng(1).normal(size=(1, CHANNELS, 8, 8)).astype(np.float32)
    answer: np.ndarray = InferenceSession(path).run(None, {"picture": picture})[0]
    return answer


def _loss(reference: Path, path: Path) -> float:
    """Share of the answer's variance that is lost."""
    expected = _answer(reference)
    return float(np.var(_answer(path) - expected) / np.var(expected))


SHARING = Sharing(entries=64, small_layer=0)


def test_float_weights_take_a_fraction_of_the_bytes(graph: Path, tmp_path: Path) -> None:
    target = tmp_path / "clustered.onnx"
    cluster(graph, target, SHARING, Context())
    assert _wire_bytes(target) < 0.3 * _wire_bytes(graph)
    assert 0 < _loss(graph, target) < 0.03


def test_8_bit_weights_keep_their_scales_and_take_fewer_bytes(graph: Path, tmp_path: Path) -> None:
    quantized, target = tmp_path / "int8.onnx", tmp_path / "clustered.onnx"
    quantize_graph(graph, quantized, RANGES, "u8")
    cluster(quantized, target, SHARING, Context())
    assert _wire_bytes(target) < 0.7 * _wire_bytes(quantized)
    assert _loss(quantized, target) < 0.03
    before, after = (
        {item.name: item for item in onnx.load(path).graph.initializer}
        for path in (quantized, target)
    )
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"w_quantized"}
    # Few real values, but many integers: each channel rounds them by its own scale.
    assert len(np.unique(numpy_helper.to_array(after["w_quantized"]))) > 64


def test_quantizing_after_clustering_remembers_the_values(graph: Path, tmp_path: Path) -> None:
    clustered, target = tmp_path / "clustered.onnx", tmp_path / "int8.onnx"
    cluster(graph, clustered, SHARING, Context())
    quantize_graph(clustered, target, RANGES, "u8")
    assert {part.encoding for part in _packed(target).parts} == {"", "levels"}


def test_what_travels_packed_is_opened_as_it_was_built(graph: Path, tmp_path: Path) -> None:
    quantized, target = tmp_path / "int8.onnx", tmp_path / "clustered.onnx"
    quantize_graph(graph, quantized, RANGES, "u8")
    cluster(quantized, target, SHARING, Context())
    packed, folder = _packed(target), tmp_path / "device"
    folder.mkdir()
    assert any(part.encoding == "levels" for part in packed.parts)
    sha = assemble(packed.parts, packed.chunks.__getitem__, folder)
    assert sha == artifact_sha256(take_apart(target))
    assert np.array_equal(_answer(folder / "model.onnx"), _answer(target))


def test_devices_do_not_get_what_is_remembered(graph: Path, tmp_path: Path) -> None:
    quantized, target = tmp_path / "int8.onnx", tmp_path / "clustered.onnx"
    quantize_graph(graph, quantized, RANGES, "u8")
    cluster(quantized, target, SHARING, Context())
    assert "shared values" in str(onnx.load(target).metadata_props)
    skeleton = onnx.ModelProto.FromString(take_apart(target)[0].pieces[0].data)
    assert "shared values" not in str(skeleton.metadata_props)


def test_fewer_values_lose_more_and_take_fewer_bytes(graph: Path, tmp_path: Path) -> None:
    paths = {entries: tmp_path / f"{entries}.onnx" for entries in (16, 64, 256)}
    for entries, path in paths.items():
        cluster(graph, path, Sharing(entries=entries, small_layer=0), Context())
    sizes, losses = zip(*((_wire_bytes(p), _loss(graph, p)) for p in paths.values()), strict=True)
    assert sizes[0] < sizes[1] < sizes[2]
    assert losses[0] > losses[1] > losses[2]
