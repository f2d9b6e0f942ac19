"""Write the tiny networks of the device's probe for LiteRT.

They compute what those for onnxruntime do: a chain of equal 3x3 convolutions. The agent ships the
result; run this again only to change them:
`python -m lamplighter_recipes.runtimes.litert.probe_networks FOLDER`.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.enums import Precision
from lamplighter_wire.files import write_atomically

from lamplighter_recipes.runtimes.litert.flatbuffer import Model
from lamplighter_recipes.runtimes.litert.graph import (
    CONV_2D,
    DEPTHWISE_CONV_2D,
    DEQUANTIZE,
    QUANTIZE,
)
from lamplighter_recipes.runtimes.litert.session import load
from lamplighter_recipes.runtimes.probe_chain import HEIGHT, KINDS, LAYERS, SCALE, WIDTH, work_mmac
from lamplighter_recipes.runtimes.runtime import ProbeNetwork

VERSIONS = {CONV_2D: 3, DEPTHWISE_CONV_2D: 3, QUANTIZE: 1, DEQUANTIZE: 2}
FORMAT_VERSION = 3
FLOAT32, INT32, INT8 = 0, 2, 9  # the format's types of tensors
SAME, RELU = 0, 1  # its padding and its fused activation


def write_probe_nets(folder: Path) -> dict[str, float]:
    """Write dense and depthwise nets in fp32 and int8; million multiply-accumulates of each."""
    from ai_edge_litert.tools import flatbuffer_utils

    folder.mkdir(parents=True, exist_ok=True)
    work = {}
    for kind, (channels, groups) in KINDS.items():
        for precision in (Precision.FP32, Precision.INT8):
            name = f"{kind}_{precision}"
            chain = _Chain(channels, groups, int8=precision is Precision.INT8)
            data = bytes(flatbuffer_utils.convert_object_to_bytearray(chain.model()))
            write_atomically(folder / f"{name}.tflite", [data])
            work[name] = work_mmac(channels, groups)
    return work


def open_probe_networks() -> dict[str, ProbeNetwork]:
    """The dense ones by precision, opened here."""
    networks = {}
    with tempfile.TemporaryDirectory() as folder:
        work = write_probe_nets(Path(folder))
        for precision in (Precision.FP32, Precision.INT8):
            name = f"dense_{precision}"
            interpreter = load(Path(folder) / f"{name}.tflite")
            given = interpreter.get_input_details()[0]
            picture = np.random.default_rng(0).random(given["shape"], np.float32)
            interpreter.set_tensor(given["index"], picture)
            networks[precision.value] = ProbeNetwork(interpreter.invoke, work[name])
    return networks


class _Chain:
    """Equal convolutions, each with a ReLU; all share one tensor, so that the file stays small."""

    def __init__(self, channels: int, groups: int, *, int8: bool) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._schema, self._int8, self._depthwise = schema, int8, groups > 1
        self._buffers = [schema.BufferT()]
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: list[int] = []
        self._shape = [1, HEIGHT, WIDTH, channels]
        self._constants = self._add_constants(channels, channels // groups)

    def model(self) -> Model:
        first = given = self._tensor(self._shape, FLOAT32)
        if self._int8:
            given = self._operator(QUANTIZE, [given], self._activation(), None)
        for _ in range(LAYERS):
            code = DEPTHWISE_CONV_2D if self._depthwise else CONV_2D
            inputs = [given, *self._constants]
            given = self._operator(code, inputs, self._activation(), self._options())
        if self._int8:
            given = self._operator(DEQUANTIZE, [given], self._tensor(self._shape, FLOAT32), None)
        return self._assembled(first, given)

    def _add_constants(self, channels: int, inputs: int) -> list[int]:
        """Weights and biases: places of their tensors."""
        rng = np.random.default_rng(0)
        weights = rng.normal(0, 0.1, (channels, 3, 3, inputs)).astype(np.float32)
        axis = 0
        if self._depthwise:
            weights, axis = weights[..., 0].transpose(1, 2, 0)[None], 3
        bias = np.zeros(channels, np.int32 if self._int8 else np.float32)
        if not self._int8:
            return [self._constant(weights, FLOAT32), self._constant(bias, FLOAT32)]
        others = tuple(i for i in range(4) if i != axis)
        scale = np.abs(weights).max(axis=others) / 127
        shape = [-1 if i == axis else 1 for i in range(4)]
        rounded = np.round(weights / scale.reshape(shape)).astype(np.int8)
        return [
            self._constant(rounded, INT8, scale, axis),
            self._constant(bias, INT32, scale * SCALE),
        ]

    def _constant(self, value: Any, kind: int, scale: Any = None, axis: int = 0) -> int:
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(value.tobytes(), np.uint8)
        self._buffers.append(buffer)
        place = self._tensor(list(value.shape), kind, len(self._buffers) - 1)
        if scale is not None:
            self._scale(place, scale.tolist(), [0] * len(scale), axis)
        return place

    def _activation(self) -> int:
        place = self._tensor(self._shape, INT8 if self._int8 else FLOAT32)
        if self._int8:
            self._scale(place, [SCALE], [-128])
        return place

    def _tensor(self, shape: list[int], kind: int, buffer: int = 0) -> int:
        tensor = self._schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = shape, kind, buffer
        tensor.name = f"tensor{len(self._tensors)}".encode()
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _scale(self, place: int, scales: list[float], zeros: list[int], axis: int = 0) -> None:
        quantization = self._schema.QuantizationParametersT()
        quantization.scale, quantization.zeroPoint = scales, zeros
        quantization.quantizedDimension = axis
        self._tensors[place].quantization = quantization

    def _operator(self, code: int, inputs: list[int], output: int, options: Any) -> int:
        operator = self._schema.OperatorT()
        operator.inputs, operator.outputs = inputs, [output]
        if code not in self._codes:
            self._codes.append(code)
        operator.opcodeIndex = self._codes.index(code)
        if options is not None:
            kinds = self._schema.BuiltinOptions
            depthwise = code == DEPTHWISE_CONV_2D
            kind = kinds.DepthwiseConv2DOptions if depthwise else kinds.Conv2DOptions
            operator.builtinOptionsType, operator.builtinOptions = kind, options
        self._operators.append(operator)
        return output

    def _options(self) -> Any:
        schema = self._schema
        options = schema.DepthwiseConv2DOptionsT() if self._depthwise else schema.Conv2DOptionsT()
        options.padding, options.fusedActivationFunction = SAME, RELU
        options.strideW = options.strideH = 1
        if self._depthwise:
            options.depthMultiplier = 1
        return options

    def _assembled(self, given: int, result: int) -> Model:
        graph = self._schema.SubGraphT()
        graph.tensors, graph.operators = self._tensors, self._operators
        graph.inputs, graph.outputs = [given], [result]
        model = self._schema.ModelT()
        model.version, model.subgraphs, model.buffers = FORMAT_VERSION, [graph], self._buffers
        model.operatorCodes = [self._code(code) for code in self._codes]
        return model

    def _code(self, code: int) -> Any:
        entry = self._schema.OperatorCodeT()
        entry.builtinCode = entry.deprecatedBuiltinCode = code
        entry.version = VERSIONS[code] if self._int8 else 1
        return entry


if __name__ == "__main__":
    for key, mmac in write_probe_nets(Path(sys.argv[1])).items():
        sys.stdout.write(f"{key} {mmac:.3f}\n")
