"""What keeps a model off the Edge TPU is found without its compiler, layer by layer."""

import copy
from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.edgetpu.lint import CACHE_BYTES, Finding, lint, lint_file
from lamplighter_recipes.runtimes.edgetpu.operators import LIMITS, layers_of
from lamplighter_recipes.runtimes.edgetpu.quantization import write_plainly
from lamplighter_recipes.runtimes.litert.flatbuffer import Model, read_model
from lamplighter_recipes.runtimes.litert.probe_networks import write_probe_nets

pytest.importorskip("ai_edge_litert")
FLOATS = Path(__file__).parents[4] / "data/litert/model-96x64.tflite"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Four 8-bit convolutions, with integers in and out."""
    folder = tmp_path_factory.mktemp("nets")
    write_probe_nets(folder)
    model = read_model(folder / "dense_int8.tflite")
    (graph,) = model.subgraphs
    first, *_, last = graph.operators
    graph.operators = graph.operators[1:-1]
    graph.inputs, graph.outputs = list(first.outputs), list(last.inputs)
    return model


@pytest.fixture
def model(chain: Model) -> Model:
    return copy.deepcopy(chain)


def problems(model: Model) -> str:
    return "\n".join(map(str, lint(model)))


def test_plain_8_bit_convolutions_map(model: Model) -> None:
    assert lint(model) == []


def test_every_operator_of_the_table_exists_and_the_ones_that_do_not_map_are_not_in_it() -> None:
    from ai_edge_litert import schema_py_generated as schema

    assert set(LIMITS) <= set(vars(schema.BuiltinOperator))
    assert not {"LEAKY_RELU", "PADV2", "HARD_SWISH", "DEQUANTIZE", "CAST"} & set(LIMITS)


def test_the_present_network_fails_with_its_layers_named() -> None:
    findings = lint(read_model(FLOATS))
    operators = {word for f in findings for word in ("LEAKY_RELU", "PADV2") if word in f.layer}
    assert operators == {"LEAKY_RELU", "PADV2"}
    layers = layers_of(read_model(FLOATS))
    leaky = [layer.name for layer in layers if layer.operator == "LEAKY_RELU"]
    named = {f.layer: f.remedy for f in findings if "no such operator" in f.problem}
    assert leaky and all("ReLU" in named[name] for name in leaky)
    assert any("not of 8-bit" in f.problem and f.layer.startswith("output") for f in findings)


def test_one_layer_in_the_middle_takes_those_behind_it_off_the_chip(model: Model) -> None:
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = schema.BuiltinOperator.HARD_SWISH
    model.operatorCodes.append(code)
    model.subgraphs[0].operators[1].opcodeIndex = len(model.operatorCodes) - 1
    first, second = lint(model)
    assert "HARD_SWISH" in first.layer and "ReLU6" in first.remedy
    assert "2 of 4 layers behind it" in second.problem


def test_floats_open_shapes_and_whole_batches_are_found(model: Model) -> None:
    graph = model.subgraphs[0]
    result = graph.tensors[graph.outputs[0]]
    result.shapeSignature = [1, -1, 48, 48]
    assert "shape is not fixed" in problems(model)
    result.shapeSignature, result.shape = None, [2, 36, 48, 48]
    assert "more than 3 dimensions" in problems(model)
    result.shape, result.type = [1, 36, 48, 48], 0
    text = problems(model)
    assert "computes in floating point" in text and "output tensor" in text


def test_parameters_beyond_the_cache_are_found(model: Model) -> None:
    graph = model.subgraphs[0]
    weights = graph.tensors[graph.operators[0].inputs[1]]
    model.buffers[weights.buffer].data = bytes(CACHE_BYTES + 1)
    (finding,) = [f for f in lint(model) if f.layer == "the model"]
    assert str(CACHE_BYTES) in finding.problem


def test_a_softmax_over_a_picture_does_not_map(model: Model) -> None:
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = schema.BuiltinOperator.SOFTMAX
    model.operatorCodes.append(code)
    graph = model.subgraphs[0]
    last = graph.operators[-1]
    last.opcodeIndex = len(model.operatorCodes) - 1
    last.inputs, last.builtinOptions = [last.inputs[0]], None
    assert "one dimension" in problems(model)


def test_a_file_is_judged_and_what_is_none_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    write_plainly(model, path)
    assert lint_file(path) == []
    path.write_bytes(b"no model at all")
    with pytest.raises(RecipeError, match="no model"):
        lint_file(path)


def test_a_finding_reads_as_a_line() -> None:
    assert str(Finding("layer 3", "it is odd", "mend it")) == "layer 3: it is odd. Remedy: mend it."
