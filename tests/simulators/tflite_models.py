"""Small models of LiteRT as other tools write them: with 8 bits in and out."""

from pathlib import Path
from typing import Any

from tests.simulators.foreign_models import HEIGHT, WIDTH

AVERAGE_POOL, RESHAPE = 1, 22
VALID = 1  # padding


def int8_colours(path: Path) -> Path:
    """How red, green and blue a picture is: int8 [1, H, W, 3], a pixel less 128, to int8 [1, 3]."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    tensors = [
        _tensor("pixels", [1, HEIGHT, WIDTH, 3]),
        _tensor("means", [1, 1, 1, 3]),
        _tensor("colours", [1, 3]),
    ]
    pool = schema.Pool2DOptionsT()
    pool.padding, pool.filterHeight, pool.filterWidth = VALID, HEIGHT, WIDTH
    pool.strideH = pool.strideW = 1
    shape = schema.ReshapeOptionsT()
    shape.newShape = [1, 3]
    kinds = schema.BuiltinOptions
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs = tensors, [0], [2]
    graph.operators = [
        _operator(0, 0, 1, kinds.Pool2DOptions, pool),
        _operator(1, 1, 2, kinds.ReshapeOptions, shape),
    ]
    model = schema.ModelT()
    model.version, model.subgraphs, model.buffers = 3, [graph], [schema.BufferT()]
    model.operatorCodes = [_code(AVERAGE_POOL, 2), _code(RESHAPE, 1)]
    path.write_bytes(flatbuffer_utils.convert_object_to_bytearray(model))
    return path


def _tensor(name: str, shape: list[int]) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    quantization = schema.QuantizationParametersT()
    quantization.scale, quantization.zeroPoint = [1 / 255], [-128]
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type = name.encode(), shape, schema.TensorType.INT8
    tensor.buffer, tensor.quantization = 0, quantization
    return tensor


def _operator(code: int, given: int, result: int, kind: int, options: Any) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, [given], [result]
    operator.builtinOptionsType, operator.builtinOptions = kind, options
    return operator


def _code(builtin: int, version: int) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = builtin
    code.version = version
    return code
