"""Where a variant is measured, its session has the options it is served with."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from lamplighter_agent.runtimes.onnxruntime import create_session
from lamplighter_recipes.runtimes.onnxruntime.session import load
from lamplighter_recipes.runtimes.peak_memory import peak_memory_bytes
from lamplighter_wire.rules.onnxruntime_options import CONFIG_ENTRIES, PROVIDERS
from lamplighter_wire.tasks.tensor_names import TensorNames
from onnx import TensorProto, helper

ROOT = Path(__file__).parents[2]
OPENING = {
    "agent/lamplighter_agent/runtimes/onnxruntime.py",
    "recipes/lamplighter_recipes/runtimes/onnxruntime/session.py",
}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Passes a picture on."""
    shape = [1, "H", "W", 3]
    ends = [helper.make_tensor_value_info(n, TensorProto.UINT8, shape) for n in ("images", "same")]
    nodes = [helper.make_node("Identity", ["images"], ["same"])]
    model = helper.make_model(
        helper.make_graph(nodes, "identity", ends[:1], ends[1:]),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    path = tmp_path / "identity.onnx"
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("open_session", [create_session, load])
def test_sessions_carry_the_options_of_the_contract(
    graph: Path, open_session: Callable[[Path], Any]
) -> None:
    session = open_session(graph)
    options = session.get_session_options()
    assert options.intra_op_num_threads == options.inter_op_num_threads == 1
    assert options.log_severity_level == 3
    assert session.get_providers() == list(PROVIDERS)
    for key, value in CONFIG_ENTRIES.items():
        assert options.get_session_config_entry(key) == value


def test_sessions_are_opened_in_one_place_of_each_side() -> None:
    sources = (
        path for room in ("agent", "recipes", "controller") for path in ROOT.glob(f"{room}/**/*.py")
    )
    opening = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if "InferenceSession(" in path.read_text()
    }
    assert opening == OPENING


def test_memory_is_measured_without_what_a_device_does_not_load(graph: Path) -> None:
    tensors = TensorNames("images", ("same",))
    assert peak_memory_bytes("onnxruntime", graph, tensors, "64x32") > 10_000_000
    statement = (
        "import sys; import lamplighter_recipes.runtimes.peak_memory;"
        "from lamplighter_recipes.runtimes.runtime import find_runtime;"
        "find_runtime('onnxruntime');"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", statement], capture_output=True, check=True)
    assert not {b"onnx", b"torch", b"cv2"} & set(loaded.stdout.split())
