"""Networks that would do harm are refused before they are fetched, written or opened."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_agent.bootstrap import SLOTS
from lamplighter_agent.runtimes.runtime import probe_network
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.sources.choice import source_of
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import take_apart
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.blobs import (
    TENSORS_FILE,
    ArtifactFile,
    artifact_sha256,
    pack,
    sha256_hex,
)
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import GraphError
from lamplighter_wire.graphs.harm import READERS, check_file, check_folder
from lamplighter_wire.messages import Reported
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, seal
from onnx import TensorProto, helper

from tests.simulators.candidate_processes import candidate_processes
from tests.simulators.tiny_world import Variant, World, build, tiny_detector

KEY = SigningKey.generate()
MIB = 1024 * 1024
REVISIONS = itertools.count(2)
Change = Callable[[onnx.ModelProto], None]


@pytest.fixture(scope="module")
def good() -> Variant:
    return build("good", KEY)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, good: Variant) -> Iterator[World]:
    """A device that serves what is good."""
    made = World(tmp_path_factory.mktemp("world") / "state", KEY, time_scale=100.0)
    made.controller.publish(good)
    made.start()
    made.controller.deploy(made.controller.desire(1, good.rung()))
    made.wait_for(1, "committed")
    yield made
    made.stop()


def manifest_of(variant: Variant) -> Manifest:
    return open_manifest(variant.chunks[variant.sha], KeySet.of(KEY))


def sealed(manifest: Manifest, chunks: dict[str, bytes]) -> Variant:
    """A variant that is signed as any other."""
    envelope = seal(manifest, KEY)
    sha = sha256_hex(envelope)
    return Variant(manifest.id, sha, {**chunks, sha: envelope})


def of_files(good: Variant, name: str, files: list[ArtifactFile]) -> Variant:
    """The good one with other files, which its manifest describes as they are."""
    packed = pack(files)
    manifest = msgspec.structs.replace(
        manifest_of(good),
        id=name,
        artifact_sha256=artifact_sha256(files),
        size_bytes=sum(map(len, packed.chunks.values())),
        chunks=packed.refs(),
        parts=packed.parts,
    )
    return sealed(manifest, good.chunks | packed.chunks)


def changed(good: Variant, name: str, change: Change, later: Change | None = None) -> Variant:
    """A detector after a change, and after one to its graph without tensors."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"
        tiny_detector(path, seed=0)
        model = onnx.load(path)
        change(model)
        onnx.save(model, path)
        files = take_apart(path)
    if later is not None:
        (skeleton,) = files[0].pieces
        model = onnx.ModelProto.FromString(skeleton.data)
        later(model)
        piece = dataclasses.replace(skeleton, data=model.SerializeToString())
        files = [ArtifactFile(files[0].name, [piece]), *files[1:]]
    return of_files(good, name, files)


def a_loop(model: onnx.ModelProto) -> None:
    value = helper.make_tensor_value_info
    nodes = [helper.make_node("Identity", ["goes"], ["still"])]
    given = [value("round", TensorProto.INT64, []), value("goes", TensorProto.BOOL, [])]
    body = helper.make_graph(nodes, "round", given, [value("still", TensorProto.BOOL, [])])
    model.graph.node.append(helper.make_node("Loop", ["", ""], [], body=body))


def a_random_number(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("RandomNormal", [], ["noise"], shape=[1]))


def a_custom_operator(model: onnx.ModelProto) -> None:
    node = helper.make_node("Exfiltrate", ["images"], ["out"], domain="evil.example")
    model.graph.node.append(node)
    model.opset_import.append(helper.make_opsetid("evil.example", 1))


def an_absurd_shape(model: onnx.ModelProto) -> None:
    shape = helper.make_tensor("absurd", TensorProto.INT64, [2], [1 << 21, 1 << 21])
    model.graph.initializer.append(shape)
    model.graph.node.append(helper.make_node("ConstantOfShape", ["absurd"], ["huge"]))


def an_absurd_output(model: onnx.ModelProto) -> None:
    info = helper.make_tensor_value_info("big", TensorProto.FLOAT, [1 << 20, 1 << 20])
    model.graph.output.append(info)


def no_change(model: onnx.ModelProto) -> None:
    """As it is."""


def tensors_of(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    return [t for t in model.graph.initializer if t.external_data]


def data_elsewhere(model: onnx.ModelProto) -> None:
    for entry in tensors_of(model)[0].external_data:
        if entry.key == "location":
            entry.value = "../../../identity/device.key"


def data_beyond(model: onnx.ModelProto) -> None:
    for entry in tensors_of(model)[0].external_data:
        if entry.key == "offset":
            entry.value = str(10**9)


def a_negative_side(model: onnx.ModelProto) -> None:
    tensors_of(model)[0].dims[0] = -4


def a_larger_shape(model: onnx.ModelProto) -> None:
    tensors_of(model)[0].dims[0] *= 1000


CHANGES: list[tuple[Change, Change | None, str]] = [
    (a_loop, None, "the operator 'Loop' is none that a variant may use"),
    (a_random_number, None, "the operator 'RandomNormal' is none"),
    (a_custom_operator, None, "the operator 'Exfiltrate' of 'evil.example' is none"),
    (an_absurd_shape, None, "2097152x2097152 takes 17592186044416 bytes"),
    (an_absurd_output, None, "the tensor 'big' of 1048576x1048576 takes"),
    (no_change, data_elsewhere, "lies in '../../../identity/device.key', outside"),
    (no_change, data_beyond, "lies beyond the end of tensors.bin"),
    (no_change, a_negative_side, "has the shape [-4"),
    (no_change, a_larger_shape, "of 3000x3x3x3 has 324 bytes"),
]


def refused(world: World, variant: Variant, outcome: str = "rejected") -> Reported:
    """What the device says of a variant that it does not take."""
    revision = next(REVISIONS)
    world.controller.publish(variant)
    world.controller.sent.clear()
    world.controller.deploy(world.controller.desire(revision, variant.rung(ap50=0.9)))
    said = world.wait_for(revision, outcome)
    assert said.serving.variant == "good"
    assert not (world.state_dir / SLOTS / variant.sha).exists(), "it has no place on the disk"
    assert candidate_processes() == [], "no engine was made of it"
    return said


@pytest.mark.parametrize(
    ("change", "later", "words"), CHANGES, ids=[(b or a).__name__ for a, b, _ in CHANGES]
)
def test_a_graph_that_may_not_run_is_named_and_never_opened(
    world: World, good: Variant, change: Change, later: Change | None, words: str
) -> None:
    said = refused(world, changed(good, "bad", change, later))
    assert said.reason == ReasonCode.HARMFUL
    assert words in said.detail


def test_a_manifest_that_promises_little_and_unfolds_to_much_is_not_even_fetched(
    world: World, good: Variant
) -> None:
    zeros = bytes(64 * 1024)
    sha, manifest = sha256_hex(zeros), manifest_of(good)
    bomb = Part(file=TENSORS_FILE, name="bomb", size_bytes=156 * MIB, chunks=[sha] * 2496)
    (skeleton, *_) = manifest.parts
    chunk = msgspec.structs.replace(manifest.chunks[0], sha256=sha, size_bytes=1000)
    parts = [msgspec.structs.replace(skeleton, file="model.onnx", chunks=[sha]), bomb]
    lying = msgspec.structs.replace(
        manifest, id="bomb", size_bytes=1000, parts=parts, chunks=[chunk]
    )
    variant = sealed(lying, {sha: zeros})
    said = refused(world, variant)
    assert said.reason == ReasonCode.HARMFUL
    assert "promises 1000 bytes, its files have 163" in said.detail
    assert world.controller.sent == [variant.sha]


def test_a_chunk_that_is_larger_than_it_is_said_to_be_is_not_written(
    world: World, good: Variant
) -> None:
    raw = bytes(range(256)) * 400
    sha, manifest = sha256_hex(raw), manifest_of(good)
    chunk = msgspec.structs.replace(manifest.chunks[0], sha256=sha, size_bytes=10)
    parts = [Part(file="model.onnx", name="skeleton", size_bytes=10, chunks=[sha])]
    lying = msgspec.structs.replace(manifest, id="fat", size_bytes=10, parts=parts, chunks=[chunk])
    said = refused(world, sealed(lying, {sha: raw}), "failed")
    assert said.reason == ReasonCode.HASH
    assert "blob of 102400 bytes, at most 10 are allowed" in said.detail
    assert not list(world.state_dir.rglob(sha))


def test_chunks_that_a_manifest_does_not_list_are_not_fetched(world: World, good: Variant) -> None:
    manifest = msgspec.structs.replace(manifest_of(good), id="unlisted", chunks=[])
    said = refused(world, sealed(manifest, good.chunks))
    assert said.reason == ReasonCode.HARMFUL
    assert "chunks that it does not list" in said.detail


def test_models_of_litert_are_looked_into_as_well(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    from tests.simulators.tflite_models import int8_colours

    path = int8_colours(tmp_path / "model-64x48.tflite")
    check_file(LITERT, path, 10**9)

    def harmed(name: str, change: Callable[[object], None]) -> Path:
        model = flatbuffer_utils.read_model(str(path))
        change(model)
        out = tmp_path / f"{name}.tflite"
        out.write_bytes(flatbuffer_utils.convert_object_to_bytearray(model))
        return out

    def loops(model: object) -> None:
        code = model.operatorCodes[0]  # type: ignore[attr-defined]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.WHILE

    def calls_a_library(model: object) -> None:
        code = model.operatorCodes[0]  # type: ignore[attr-defined]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
        code.customCode = b"Exfiltrate"

    def is_absurd(model: object) -> None:
        model.subgraphs[0].tensors[1].shape = [1 << 20, 1 << 20]  # type: ignore[attr-defined]

    for change, words in (
        (loops, "the operator WHILE is none"),
        (calls_a_library, "'Exfiltrate' of 'custom'"),
        (is_absurd, "1048576x1048576 takes"),
    ):
        with pytest.raises(GraphError, match=words):
            check_file(LITERT, harmed(change.__name__, change), 10**9)
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / "cut.tflite").write_bytes(whole[:size])
        with pytest.raises(GraphError):
            check_file(LITERT, tmp_path / "cut.tflite", 10**9)


LAYER = '<layer id="0" name="x" type="{}" version="{}">{}</layer>'


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (LAYER.format("TensorIterator", "opset1", ""), "'TensorIterator' is none"),
        (LAYER.format("Exfiltrate", "extension", ""), "'Exfiltrate' of 'extension' is none"),
        (
            LAYER.format(
                "Relu",
                "opset1",
                f'<output><port precision="FP32">{2 * "<dim>1048576</dim>"}</port></output>',
            ),
            "1048576x1048576 takes",
        ),
        (
            LAYER.format(
                "Const",
                "opset1",
                '<data element_type="f32" shape="4" offset="99" size="16"/>',
            ),
            "lies in no file of the variant",
        ),
        (LAYER.format("Const", "opset1", '<data shape="x"/>'), "a number is none"),
        ("", "has no operators"),
    ],
)
def test_graphs_of_openvino_are_looked_into_as_well(
    tmp_path: Path, layers: str, words: str
) -> None:
    text = f'<?xml version="1.0"?><net name="n" version="11"><layers>{layers}</layers></net>'
    (tmp_path / "model.xml").write_text(text)
    with pytest.raises(GraphError, match=words):
        check_folder(OPENVINO, tmp_path, 10**9)


def test_xml_that_unfolds_is_not_unfolded(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE lolz [<!ENTITY lol "lol">]><net>&lol;</net>'
    (tmp_path / "model.xml").write_text(laughs)
    with pytest.raises(GraphError, match="declares what a graph has no use for"):
        check_folder(OPENVINO, tmp_path, 10**9)


def test_damaged_graphs_are_told_from_harmful_ones_by_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    tiny_detector(path, seed=0)
    whole = path.read_bytes()
    check_file(BASE_RUNTIME, path, 10**9)
    for size in range(0, len(whole), 211):
        path.write_bytes(whole[:size] + b"\xff" * 7)
        with pytest.raises(GraphError):
            check_file(BASE_RUNTIME, path, 10**9)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(data=st.data())
def test_whatever_bytes_a_graph_has_reading_it_ends_well(
    graphs: dict[str, bytes], data: st.DataObject
) -> None:
    for runtime, whole in graphs.items():
        content = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        with suppress(GraphError):
            READERS[runtime][1](bytes(content))


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A graph that is in order, by runtime."""
    path = tmp_path_factory.mktemp("graphs") / "model.onnx"
    tiny_detector(path, seed=0)
    layer = LAYER.format("Relu", "opset1", '<output><port precision="FP32"/></output>')
    return {
        BASE_RUNTIME: path.read_bytes(),
        LITERT: probe_network("dense_int8.tflite"),
        OPENVINO: f"<net><layers>{layer}</layers></net>".encode(),
    }


def test_where_models_are_added_the_same_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    tiny_detector(path, seed=0)
    model = onnx.load(path)
    a_loop(model)
    onnx.save(model, path)
    with pytest.raises(RecipeError, match="'Loop' is none that a variant may use"):
        source_of(str(path), "").signature()
