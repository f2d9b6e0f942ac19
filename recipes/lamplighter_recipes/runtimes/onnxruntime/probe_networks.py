"""Write the tiny networks of the device's probe.

The agent ships the result; run this again only to change them:
`python -m lamplighter_recipes.runtimes.onnxruntime.probe_networks FOLDER`.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from lamplighter_wire.enums import Precision
from onnx import TensorProto, helper, numpy_helper

from lamplighter_recipes.runtimes.probe_chain import HEIGHT, KINDS, LAYERS, SCALE, WIDTH, work_mmac

OPSET = 17
IR_VERSION = 8

Chain = tuple[list[onnx.NodeProto], dict[str, np.ndarray]]  # nodes, constants


def write_probe_nets(folder: Path) -> dict[str, float]:
    """Write dense and depthwise nets in fp32 and int8; million multiply-accumulates of each."""
    folder.mkdir(parents=True, exist_ok=True)
    work = {}
    for name, (channels, groups) in KINDS.items():
        for precision in (Precision.FP32, Precision.INT8):
            model = _net(channels, groups, int8=precision is Precision.INT8)
            (folder / f"{name}_{precision}.onnx").write_bytes(model.SerializeToString())
            work[f"{name}_{precision}"] = work_mmac(channels, groups)
    return work


def _net(channels: int, groups: int, *, int8: bool) -> onnx.ModelProto:
    """A chain of equal convolutions; all share one tensor, so that the file stays small."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.1, (channels, channels // groups, 3, 3)).astype(np.float32)
    nodes, constants = (_int8_chain if int8 else _float_chain)(weights, groups)
    size = [1, channels, HEIGHT, WIDTH]
    graph = helper.make_graph(
        nodes,
        "probe",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, size)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, size)],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def _float_chain(weights: np.ndarray, groups: int) -> Chain:
    nodes = []
    source = "x"
    for layer in range(LAYERS):
        nodes += _layer(source, layer, groups)
        source = f"r{layer}"
    nodes.append(helper.make_node("Identity", [source], ["y"]))
    return nodes, {"b": np.zeros(len(weights), np.float32), "w": weights}


def _int8_chain(weights: np.ndarray, groups: int) -> Chain:
    nodes = [_dequantize("wq", "ws", "wz", "w"), _dequantize_bias()]
    source = "x"
    for layer in range(LAYERS):
        nodes += [_quantize(source, f"q{layer}"), _dequantize(f"q{layer}", "s", "z", f"d{layer}")]
        nodes += _layer(f"d{layer}", layer, groups)
        source = f"r{layer}"
    nodes += [_quantize(source, "qy"), _dequantize("qy", "s", "z", "y")]
    return nodes, _int8_constants(weights)


def _layer(source: str, layer: int, groups: int) -> list[onnx.NodeProto]:
    """A 3x3 convolution and its activation, from `source` to `r<layer>`."""
    convolution = helper.make_node(
        "Conv",
        [source, "w", "b"],
        [f"c{layer}"],
        kernel_shape=[3, 3],
        pads=[1, 1, 1, 1],
        group=groups,
    )
    return [convolution, helper.make_node("Relu", [f"c{layer}"], [f"r{layer}"])]


def _int8_constants(weights: np.ndarray) -> dict[str, np.ndarray]:
    """Per-channel int8 weights, uint8 activations, int32 biases of zero."""
    scale = (np.abs(weights).max(axis=(1, 2, 3)) / 127).astype(np.float32)
    return {
        "wq": np.round(weights / scale[:, None, None, None]).astype(np.int8),
        "ws": scale,
        "wz": np.zeros(len(scale), np.int8),
        "s": np.array(SCALE, np.float32),
        "z": np.array(0, np.uint8),
        "bq": np.zeros(len(scale), np.int32),
        "bs": scale * SCALE,
        "bz": np.zeros(len(scale), np.int32),
    }


def _quantize(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("QuantizeLinear", [source, "s", "z"], [target])


def _dequantize(source: str, scale: str, zero: str, target: str) -> onnx.NodeProto:
    return helper.make_node("DequantizeLinear", [source, scale, zero], [target], axis=0)


def _dequantize_bias() -> onnx.NodeProto:
    return helper.make_node("DequantizeLinear", ["bq", "bs", "bz"], ["b"], axis=0)


if __name__ == "__main__":
    for key, mmac in write_probe_nets(Path(sys.argv[1])).items():
        sys.stdout.write(f"{key} {mmac:.3f}\n")
