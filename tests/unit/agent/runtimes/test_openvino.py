"""OpenVINO on a device: what it computes in is what the graph says, and one size is no other's."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.openvino import OpenVino, OpenVinoEngine, core, precision_of
from lamplighter_wire.rules.openvino_options import compile_options, precisions_of
from lamplighter_wire.tasks.tensor_names import TensorNames

openvino = pytest.importorskip("openvino")
NAMES = TensorNames("images", ("sums",))


@pytest.fixture
def write(tmp_path: Path):
    """A network that adds up what is 16 bits too long to be added in bfloat16."""

    def network(precision: str) -> Path:
        from openvino import opset13 as ops

        pixels = ops.parameter([-1, -1, -1, 3], np.uint8, name="images")
        floats = ops.convert(pixels, "f32")
        weights = ops.constant(np.full((3, 1), 1.0 + 2.0**-12, np.float32))
        product = ops.matmul(floats, weights, transpose_a=False, transpose_b=False)
        product.output(0).set_names({"sums"})
        pixels.output(0).set_names({"images"})
        model = openvino.Model([product], [pixels], "sums")
        model.set_rt_info(precision, ["lamplighter", "precision"])
        openvino.save_model(model, tmp_path / "model.xml", compress_to_fp16=False)
        return tmp_path / "model.xml"

    return network


def test_the_precision_is_what_the_graph_says(write) -> None:
    image = np.full((1, 4, 6, 3), 255, np.uint8)
    path = write("fp32")
    assert precision_of(core().read_model(path)) == "fp32"
    exact = OpenVinoEngine(path, NAMES).infer(image)["sums"]
    np.testing.assert_allclose(exact, 255 * 3 * (1.0 + 2.0**-12), rtol=1e-6)
    if "bf16" not in OpenVino().precisions():
        pytest.skip("this processor has no bfloat16")
    assert OpenVinoEngine(write("bf16"), NAMES).infer(image)["sums"].max() < exact.max()


def test_every_size_is_served(write) -> None:
    engine = OpenVinoEngine(write("fp32"), NAMES)
    for height, width in ((4, 6), (8, 2), (4, 6)):
        images = np.ones((2, height, width, 3), np.uint8)
        assert engine.infer(images)["sums"].shape == (2, height, width, 1)
    assert set(engine.loaded) == {"6x4", "2x8"}
    engine.keep_sizes({"6x4"})
    assert set(engine.loaded) == {"6x4"}
    assert engine.infer(np.ones((1, 8, 2, 3), np.uint8))["sums"].shape == (1, 8, 2, 1)


def test_a_processor_without_bfloat16_is_not_probed_in_it() -> None:
    assert precisions_of(["FP32", "INT8", "BIN"]) == ("fp32", "int8")
    assert precisions_of(["FP32", "BF16", "INT8"]) == ("fp32", "bf16", "int8")


def test_floats_that_are_not_named_short_stay_long() -> None:
    hints = {p: compile_options(1, p)["INFERENCE_PRECISION_HINT"] for p in ("fp32", "int8", "bf16")}
    assert hints == {"fp32": "f32", "int8": "f32", "bf16": "bf16"}


def test_a_folder_without_a_network_is_an_engines_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot load"):
        OpenVinoEngine(tmp_path / "model.xml", NAMES)
