"""A finished model of LiteRT: served as it is, behind three operators that read the picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.rules.runtimes import LITERT
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.sources.harmless import refuse_harm
from lamplighter_recipes.own_models.sources.signature import (
    Interface,
    Signature,
    TensorInfo,
    Written,
)
from lamplighter_recipes.recipe.own_model import litert_file
from lamplighter_recipes.runtimes.litert.flatbuffer import Model, read_model, write_model
from lamplighter_recipes.runtimes.litert.graph import CAST, DEQUANTIZE, MUL, QUANTIZE, SUB
from lamplighter_recipes.runtimes.litert.session import load

SIGN = 128  # between signed and unsigned bytes


class TfliteSource:
    """One file. Its weights and operators stay as they are."""

    runtime = LITERT

    def __init__(self, path: Path) -> None:
        self._path = path

    def signature(self) -> Signature:
        refuse_harm(self.runtime, self._path)
        interpreter = self._open()
        given, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        return Signature([_info(item) for item in given], [_info(item) for item in outputs])

    def run(self, picture: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        interpreter = self._open()
        try:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
            interpreter.invoke()
            outputs = interpreter.get_output_details()
            return {
                item["name"]: _floats(interpreter.get_tensor(item["index"]), *item["quantization"])
                for item in outputs
            }
        except Exception as error:
            raise RecipeError(
                f"LiteRT does not run it: {error}",
                file=str(self._path),
                remedy="convert it with the operators that LiteRT has built in",
            ) from error

    def write(self, interface: Interface, name: str, weights_dir: Path) -> Written:
        model = read_model(self._path)
        fit(model, interface)
        write_model(model, litert_file(name, interface.sizes[0], weights_dir))
        return Written([LITERT])

    def _open(self) -> Any:
        try:
            return load(self._path)
        except ModuleNotFoundError:
            raise
        except Exception as error:
            raise RecipeError(
                f"LiteRT cannot load it: {error}", file=str(self._path), remedy="convert it again"
            ) from error


def fit(model: Model, interface: Interface) -> None:
    """Let the model take uint8 pictures [1, H, W, 3], and name its outputs in a signature."""
    (graph,) = model.subgraphs
    names = {tensor.name.decode(): place for place, tensor in enumerate(graph.tensors)}
    place = names[interface.picture.name]
    if not interface.takes_bytes:
        place = _read_pixels(model, graph, place, interface)
    elif interface.picture.dtype == "int8":
        place = _read_signed(model, graph, place)
    graph.inputs = [place]
    outputs = [_in_floats(model, graph, names[output]) for output in interface.outputs]
    graph.outputs = outputs
    model.signatureDefs = [_signature(place, outputs, interface)]


def _read_pixels(model: Model, graph: Any, place: int, interface: Interface) -> int:
    """Cast, subtraction and scaling before everything else; the tensor of the picture."""
    from ai_edge_litert import schema_py_generated as schema

    shape = list(graph.tensors[place].shape)
    picture = _tensor(model, graph, shape, np.uint8, "picture")
    floats = _tensor(model, graph, shape, np.float32, "levels")
    centred = _tensor(model, graph, shape, np.float32, "centred")
    scale = (1 / np.array(interface.std, np.float32)).astype(np.float32)
    mean = _tensor(model, graph, [3], np.float32, "mean", np.array(interface.mean, np.float32))
    factor = _tensor(model, graph, [3], np.float32, "scale", scale)
    cast = schema.CastOptionsT()
    cast.inDataType, cast.outDataType = schema.TensorType.UINT8, schema.TensorType.FLOAT32
    kinds = schema.BuiltinOptions
    steps = [
        (CAST, [picture], floats, kinds.CastOptions, cast),
        (SUB, [floats, mean], centred, kinds.SubOptions, schema.SubOptionsT()),
        (MUL, [centred, factor], place, kinds.MulOptions, schema.MulOptionsT()),
    ]
    graph.operators[:0] = [_operator(model, *step) for step in steps]
    return picture


def _read_signed(model: Model, graph: Any, place: int) -> int:
    """The picture's bytes less 128, before everything else; the tensor of the picture."""
    from ai_edge_litert import schema_py_generated as schema

    given = graph.tensors[place]
    picture = _tensor(model, graph, list(given.shape), np.uint8, "picture")
    quantization = schema.QuantizationParametersT()
    quantization.scale = list(given.quantization.scale)
    quantization.zeroPoint = [int(given.quantization.zeroPoint[0]) + SIGN]
    graph.tensors[picture].quantization = quantization
    kind, options = schema.BuiltinOptions.QuantizeOptions, schema.QuantizeOptionsT()
    graph.operators[:0] = [_operator(model, QUANTIZE, [picture], place, kind, options)]
    return picture


def _in_floats(model: Model, graph: Any, place: int) -> int:
    """An output as it is, or what its 8 bits stand for."""
    from ai_edge_litert import schema_py_generated as schema

    given = graph.tensors[place]
    is_quantized = given.quantization is not None and given.quantization.scale is not None
    if given.type not in (schema.TensorType.INT8, schema.TensorType.UINT8) or not is_quantized:
        return place
    name = f"{given.name.decode()}_floats"
    floats = _tensor(model, graph, list(given.shape), np.float32, name)
    kind, options = schema.BuiltinOptions.DequantizeOptions, schema.DequantizeOptionsT()
    graph.operators.append(_operator(model, DEQUANTIZE, [place], floats, kind, options))
    return floats


def _operator(
    model: Model, code: int, given: list[int], result: int, kind: int, options: Any
) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = _code(model, code), given, [result]
    operator.builtinOptionsType, operator.builtinOptions = kind, options
    return operator


def _code(model: Model, code: int) -> int:
    """Where an operator's code stands in the model; added where it does not."""
    from ai_edge_litert import schema_py_generated as schema

    for place, present in enumerate(model.operatorCodes):
        if present.builtinCode == code:
            return place
    added = schema.OperatorCodeT()
    added.builtinCode = added.deprecatedBuiltinCode = code
    added.version = 1
    model.operatorCodes.append(added)
    return len(model.operatorCodes) - 1


def _tensor(
    model: Model, graph: Any, shape: list[int], dtype: Any, name: str, value: Any = None
) -> int:
    from ai_edge_litert import schema_py_generated as schema

    buffer = schema.BufferT()
    if value is not None:
        buffer.data = np.asarray(value, dtype).tobytes()
    model.buffers.append(buffer)
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name.encode(), shape, len(model.buffers) - 1
    types = {np.uint8: schema.TensorType.UINT8, np.float32: schema.TensorType.FLOAT32}
    tensor.type = types[dtype]
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def _signature(picture: int, outputs: list[int], interface: Interface) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    def named(name: str, place: int) -> Any:
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name.encode(), place
        return entry

    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = b"serving_default", 0
    signature.inputs = [named(interface.tensors.input, picture)]
    pairs = zip(interface.tensors.outputs, outputs, strict=True)
    signature.outputs = [named(name, place) for name, place in pairs]
    return signature


def _floats(value: NDArray[Any], scale: float, zero_point: int) -> NDArray[Any]:
    """What an output's 8 bits stand for."""
    if value.dtype not in (np.int8, np.uint8) or not scale:
        return value
    return (value.astype(np.float32) - zero_point) * np.float32(scale)


def _info(item: Mapping[str, Any]) -> TensorInfo:
    shape = tuple(int(side) for side in item["shape"])
    return TensorInfo(item["name"], shape, np.dtype(item["dtype"]).name)
