"""onnxruntime itself on a processor without 8-bit dot products: weights of 8 bits overflow there,
those of 7 do not."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_wire.messages import Capabilities
from lamplighter_wire.rules.needs import saturates
from onnx import TensorProto, helper, numpy_helper

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
INPUTS, BRIGHT = 16, 255.0
ANSWER = """
import sys
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
picture = np.full((1, int(sys.argv[2]), 8, 8), 255, np.float32)
print(session.run(None, {"x": picture})[0].mean())
"""
# qemu's models of processors, and what their files in /proc would say of instruction sets.
OLD, NEW = ("Haswell", ["sse4_1", "avx2"]), ("Nehalem", ["sse4_1"])


def sum_of_inputs(weight: int, path: Path) -> Path:
    """An 8-bit 1x1 convolution that adds its inputs up: its weights are `weight` times 1/weight."""
    constants = {
        "one": np.array(1.0, np.float32),
        "zero": np.array(0, np.uint8),
        "w": np.full((8, INPUTS, 1, 1), weight, np.int8),
        "ws": np.full(8, 1 / weight, np.float32),
        "wz": np.zeros(8, np.int8),
        "ys": np.array(INPUTS, np.float32),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "one", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "one", "zero"], ["d"]),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["v"], axis=0),
        helper.make_node("Conv", ["d", "v"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "ys", "zero"], ["r"]),
        helper.make_node("DequantizeLinear", ["r", "ys", "zero"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sums",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, INPUTS, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 8, 8])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, path)
    return path


def answer(emulators: Path, processor: str, graph: Path) -> float:
    qemu = emulators / "qemu/usr/bin/qemu-x86_64-static"
    # The interpreter itself: one of a virtual environment finds its packages by its own path.
    python = Path(sys.executable).resolve()
    environment = {**os.environ, "QEMU_CPU": processor, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [str(qemu), str(python), "-c", ANSWER, str(graph), str(INPUTS)],
        env={**environment, "ORT_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout)


@pytest.mark.parametrize(("processor", "isa"), [OLD, NEW])
def test_what_the_rule_says_is_what_the_processor_does(
    emulators: Path, tmp_path: Path, processor: str, isa: list[str]
) -> None:
    exact = INPUTS * BRIGHT
    full = answer(emulators, processor, sum_of_inputs(127, tmp_path / "full.onnx"))
    reduced = answer(emulators, processor, sum_of_inputs(64, tmp_path / "reduced.onnx"))
    assert reduced == exact
    clips = saturates(Capabilities(machine="x86_64", isa=isa))
    assert (full < 0.6 * exact) if clips else (full == exact)
