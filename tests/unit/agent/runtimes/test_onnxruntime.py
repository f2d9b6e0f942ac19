"""The engine over onnxruntime."""

import numpy as np
import pytest
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.onnxruntime import OnnxEngine, create_session, network_run
from lamplighter_wire.tasks.detection import TENSORS
from onnx import TensorProto, helper, numpy_helper


def test_a_model_that_cannot_be_loaded_says_so(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EngineError, match=r"model\.onnx"):
        OnnxEngine(tmp_path / "model.onnx", TENSORS)


def _network_that_fails_when_it_runs() -> bytes:
    """Looks something up far beyond the end of a table."""
    table = numpy_helper.from_array(np.zeros(2, np.float32), "table")
    far = numpy_helper.from_array(np.array(1000, np.float32), "far")
    nodes = [
        helper.make_node("Add", ["x", "far"], ["moved"]),
        helper.make_node("Cast", ["moved"], ["place"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "place"], ["y"]),
    ]
    shape = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "lookup", shape[:1], shape[1:], [table, far])
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def test_a_network_that_fails_when_it_runs_is_an_engines_error():
    run = network_run(create_session(_network_that_fails_when_it_runs()))
    with pytest.raises(EngineError, match="probe network"):
        run()
