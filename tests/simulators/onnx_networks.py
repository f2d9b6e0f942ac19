"""Small ONNX networks of one kind of activation each, and what they compute on."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from lamplighter_wire.tasks.tensor_names import TensorNames
from onnx import TensorProto, helper, numpy_helper

TENSORS = TensorNames("image", ("answer",))
CHANNELS = 16
SIDE = 32


class Builder:
    """Nodes and constants of a network whose input is uint8 [1, SIDE, SIDE, 3]."""

    def __init__(self, seed: int = 0) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}
        self.rng = np.random.default_rng(seed)

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """One node without a name; gives its output."""
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def weights(self, *shape: int) -> str:
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        return self.constant(self.rng.normal(0, deviation, shape).astype(np.float32))

    def convolution(
        self, source: str, channels: int, out: int, side: int = 3, groups: int = 1
    ) -> str:
        pads = [side // 2] * 4
        weights = self.weights(out, channels // groups, side, side)
        bias = self.constant(self.rng.normal(0, 0.1, out).astype(np.float32))
        return self.add("Conv", source, weights, bias, pads=pads, group=groups)

    def pixels(self, image: str) -> str:
        """Float [1, 3, SIDE, SIDE] around zero."""
        turned = self.add("Transpose", image, perm=[0, 3, 1, 2])
        floats = self.add("Cast", turned, to=TensorProto.FLOAT)
        centred = self.add("Sub", floats, self.constant(np.float32(114)))
        return self.add("Mul", centred, self.constant(np.float32(1 / 64)))

    def save(self, answer: str, path: Path) -> Path:
        self.nodes.append(helper.make_node("Identity", [answer], list(TENSORS.outputs)))
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, SIDE, SIDE, 3])],
            [helper.make_tensor_value_info("answer", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.save(model, path)
        return path


def _silu(b: Builder, x: str) -> str:
    return b.add("Mul", x, b.add("Sigmoid", x))


def _hard_swish_parts(b: Builder, x: str) -> str:
    return b.add("Mul", x, b.add("HardSigmoid", x, alpha=1 / 6, beta=0.5))


def _relu6(b: Builder, x: str) -> str:
    return b.add("Clip", x, b.constant(np.float32(0)), b.constant(np.float32(6)))


def _squeeze_excite(b: Builder, x: str) -> str:
    mean = b.add("ReduceMean", x, axes=[2, 3], keepdims=1)
    narrow = b.add("Relu", b.convolution(mean, CHANNELS, CHANNELS // 4, 1))
    gate = b.add("HardSigmoid", b.convolution(narrow, CHANNELS // 4, CHANNELS, 1))
    return b.add("Mul", b.add("Relu", x), gate)


ACTIVATIONS: dict[str, Callable[[Builder, str], str]] = {
    "relu": lambda b, x: b.add("Relu", x),
    "relu6": _relu6,
    "leaky": lambda b, x: b.add("LeakyRelu", x, alpha=0.1),
    "silu": _silu,
    "hard-swish": lambda b, x: b.add("HardSwish", x),
    "hard-swish-parts": _hard_swish_parts,
    "squeeze-excite": _squeeze_excite,
}


def mobile_network(activation: str, path: Path, seed: int = 0) -> Path:
    """Pointwise, depthwise, a sum, pools, a concatenation, and a linear layer over the mean."""
    b, act = Builder(seed), ACTIVATIONS[activation]
    x = act(b, b.convolution(b.pixels("image"), 3, CHANNELS))
    y = act(b, b.convolution(x, CHANNELS, CHANNELS, 3, CHANNELS))
    x = b.add("Add", x, b.convolution(y, CHANNELS, CHANNELS, 1))
    x = b.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    y = act(b, b.convolution(x, CHANNELS, CHANNELS))
    x = b.add("Concat", x, y, axis=1)
    x = act(b, b.convolution(x, 2 * CHANNELS, CHANNELS, 1))
    x = b.add("Flatten", b.add("GlobalAveragePool", x))
    return b.save(b.add("Gemm", x, b.weights(CHANNELS, 10)), path)


def pictures(count: int = 6, seed: int = 1) -> list[np.ndarray]:
    """Blocks of colour, uint8 [1, SIDE, SIDE, 3]."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (count, 1, SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
    return list(blocks.repeat(4, axis=2).repeat(4, axis=3))
