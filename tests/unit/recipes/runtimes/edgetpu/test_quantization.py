"""Full 8-bit bodies: integers in and out, as close as 8 bits are, and nothing that does not map.

The float models are `export` of the tests' tiny network, as it is and with ReLUs in place of leaky
ones.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.edgetpu.files import body_file, decoding_file, take_apart
from lamplighter_recipes.runtimes.edgetpu.lint import lint_file
from lamplighter_recipes.runtimes.litert.ranges import measure_ranges
from lamplighter_recipes.runtimes.litert.session import load
from lamplighter_recipes.runtimes.runtime import Ranges, find_runtime
from lamplighter_recipes.techniques.quantization.quantize_edgetpu import (
    QuantizeEdgetpuConfig,
    quantize_edgetpu,
)
from lamplighter_wire.tasks.detection import TENSORS

pytest.importorskip("ai_edge_quantizer")
pytestmark = pytest.mark.torch
DATA = Path(__file__).parents[4] / "data"
SIZE = "96x64"
PICTURES = [
    np.random.default_rng(seed).integers(0, 255, (1, 64, 96, 3), dtype=np.uint8)
    for seed in range(4)
]


class Context:
    """Measures ranges where a build would look them up."""

    def ranges(self, model: Path, _calibration: str) -> Ranges:
        return measure_ranges(model, TENSORS, PICTURES)


@pytest.fixture(scope="module")
def relu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("edgetpu") / "int8"
    quantize_edgetpu(DATA / "litert-relu", target, QuantizeEdgetpuConfig(), Context())
    return target


def test_the_relu_network_maps_as_one_piece_with_integers_in_and_out(relu: Path) -> None:
    assert lint_file(body_file(relu, SIZE)) == []
    interpreter = load(body_file(relu, SIZE))
    ends = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert {end["dtype"] for end in ends} == {np.int8}
    assert len(ends) > 2


def test_body_and_decoding_answer_as_the_float_network_does(relu: Path) -> None:
    runtime = find_runtime("edgetpu")
    ours, theirs = runtime.open(relu, TENSORS), runtime.open(DATA / "litert-relu", TENSORS)
    for picture in PICTURES:
        for name, reference in theirs(picture).items():
            error = np.abs(ours(picture)[name] - reference)
            assert 0 < error.mean() < 0.02 * np.abs(reference).mean()


def test_the_decoding_holds_none_of_the_weights(relu: Path) -> None:
    body, decoding = body_file(relu, SIZE), decoding_file(relu, SIZE)
    assert decoding.stat().st_size < 0.3 * body.stat().st_size
    assert {file.name for file in take_apart(relu)} == {body.name, decoding.name}


def test_the_leaky_network_is_refused_with_its_layers_named(tmp_path: Path) -> None:
    source = tmp_path / "float"
    source.mkdir()
    shutil.copy(DATA / f"litert/model-{SIZE}.tflite", source)
    with pytest.raises(RecipeError, match="LEAKY_RELU") as refused:
        quantize_edgetpu(source, tmp_path / "int8", QuantizeEdgetpuConfig(), Context())
    assert "PADV2" in str(refused.value)
    assert not list((tmp_path / "int8").glob("*.tflite"))
