"""The engine over onnxruntime."""

import pytest
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.onnxruntime import OnnxEngine
from lamplighter_wire.tasks.detection import TENSORS


def test_a_model_that_cannot_be_loaded_says_so(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EngineError, match=r"model\.onnx"):
        OnnxEngine(tmp_path / "model.onnx", TENSORS)
