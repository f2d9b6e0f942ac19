"""Clustered models of LiteRT: they run, and their weights travel packed."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")
from lamplighter_recipes.runtimes.litert.flatbuffer import (
    SHARED_VALUES,
    file_of,
    read_model,
    take_apart,
    write_model,
)
from lamplighter_recipes.runtimes.litert.quantization import quantize_artifact
from lamplighter_recipes.runtimes.litert.session import load
from lamplighter_recipes.runtimes.litert.shared_values import change_weights, large_weights
from lamplighter_recipes.runtimes.litert.weights import quantize_weights
from lamplighter_recipes.techniques.clustering.sharing import Sharing, share_values
from lamplighter_wire.artifacts.packing import smallest
from lamplighter_wire.blobs import Packed, artifact_sha256, assemble, pack

SHIPPED = Path(__file__).parents[5] / "agent/lamplighter_agent/runtimes/probe_networks"
SHARING = Sharing(entries=16, small_entries=16)


@pytest.fixture(params=["fp32", "int8"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A network of the probe at two sizes, its weights behind the graph."""
    folder = tmp_path / f"source-{request.param}"
    folder.mkdir()
    for size in ("64x64", "96x64"):
        write_model(read_model(SHIPPED / f"dense_{request.param}.tflite"), file_of(folder, size))
    return folder


def clustered(source: Path) -> Path:
    target = source.with_name("clustered")
    change_weights(source, target, lambda weights: share_values(weights, SHARING))
    return target


def answer(path: Path) -> np.ndarray:
    interpreter = load(path)
    given, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    random = np.random.default_rng(1).uniform(-100, 100, given["shape"])
    interpreter.set_tensor(given["index"], random.astype(given["dtype"]))
    interpreter.invoke()
    answer: np.ndarray = interpreter.get_tensor(result["index"]).astype(np.float64)
    return answer


def packed(artifact: Path) -> Packed:
    return pack(take_apart(artifact), encode=smallest)


def test_packed_models_come_back_and_are_fewer_bytes(source: Path, tmp_path: Path) -> None:
    target = clustered(source)
    before, after = pack(take_apart(source)), packed(target)
    weights = [part for part in after.parts if part.encoding]
    assert {part.encoding for part in weights} <= {"palette", "levels"}
    assert len(weights) == 2, "one of each size"
    assert weights[0].chunks == weights[1].chunks, "which share it"
    assert weights[0].packed_bytes < 0.6 * weights[0].size_bytes
    assert sum(map(len, after.chunks.values())) < sum(map(len, before.chunks.values()))
    device = tmp_path / "device"
    device.mkdir()
    sha = assemble(after.parts, after.chunks.__getitem__, device)
    assert sha == artifact_sha256(take_apart(target))
    np.testing.assert_array_equal(
        answer(file_of(device, "64x64")), answer(file_of(target, "64x64"))
    )
    assert not (device / SHARED_VALUES).exists()


def test_values_that_floats_share_pack_their_8_bit_form(tmp_path: Path) -> None:
    source = tmp_path / "floats"
    source.mkdir()
    model = read_model(SHIPPED / "dense_fp32.tflite")
    model.signatureDefs = []  # what networks of the workshop have
    write_model(model, file_of(source, "64x64"))
    floats = clustered(source)
    (graph,) = read_model(file_of(floats, "64x64")).subgraphs
    places = [*graph.inputs, *(place for op in graph.operators for place in op.outputs)]
    ranges = {graph.tensors[place].name.decode(): (-100.0, 100.0) for place in places}
    static, dynamic = tmp_path / "static", tmp_path / "dynamic"
    quantize_artifact(floats, static, ranges)
    quantize_weights(floats, dynamic, 8, integer_arithmetic=True)
    for quantized in (static, dynamic):
        (weights,) = (part for part in packed(quantized).parts if part.encoding == "levels")
        assert weights.packed_bytes < 0.6 * weights.size_bytes


def test_answers_stay_near(source: Path) -> None:
    expected = answer(file_of(source, "64x64"))
    difference = answer(file_of(clustered(source), "64x64")) - expected
    assert 0 < np.var(difference) < 0.3 * np.var(expected)


def test_8_bit_weights_keep_their_scales(tmp_path: Path) -> None:
    folder = tmp_path / "int8"
    folder.mkdir()
    write_model(read_model(SHIPPED / "dense_int8.tflite"), file_of(folder, "64x64"))
    before, after = (
        list(large_weights(read_model(file_of(artifact, "64x64"))))
        for artifact in (folder, clustered(folder))
    )
    assert before
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.scales, other.scales)
        assert bytes(one.buffer.data) != bytes(other.buffer.data)
