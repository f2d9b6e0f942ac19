"""Networks of OpenVINO on disk: what is shared, and that equal networks give equal files."""

from pathlib import Path

import pytest
from lamplighter_recipes.runtimes.openvino.model_files import in_order, take_apart
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.techniques.quantization.bfloat16 import Bfloat16Config, bfloat16
from lamplighter_wire.blobs import SMALL_PIECE_BYTES
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import tiny_detector

pytest.importorskip("openvino")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def floats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openvino") / "float"
    find_runtime("openvino").export(tiny_detector(), folder, TENSORS, [])
    return folder


def test_large_constants_come_first_and_every_one_keeps_its_bytes() -> None:
    large = SMALL_PIECE_BYTES + 3
    weights = b"s" * 4 + b"L" * large + b"t" * 2
    spans = ((0, 4), (4, large), (4 + large, 2), (4, large))
    graph = " ".join(f'<data offset="{offset}" size="{size}"/>' for offset, size in spans)
    moved, data = in_order(graph, weights)
    places = [int(part.split('"')[1]) for part in moved.split("<data ")[1:]]
    for place, (offset, size) in zip(places, spans, strict=True):
        assert data[place : place + size] == weights[offset : offset + size]
    assert places[1] == places[3] == 0
    assert in_order(moved, data) == (moved, data)


def test_equal_networks_give_equal_files(floats: Path, tmp_path: Path) -> None:
    find_runtime("openvino").export(tiny_detector(), tmp_path / "again", TENSORS, [])
    assert take_apart(tmp_path / "again") == take_apart(floats)


def test_the_pieces_are_the_files(floats: Path) -> None:
    for file in take_apart(floats):
        assert b"".join(piece.data for piece in file.pieces) == (floats / file.name).read_bytes()


def test_16_bit_weights_take_half_and_the_graph_says_how_to_compute(
    floats: Path, tmp_path: Path
) -> None:
    bfloat16(floats, tmp_path / "bf16", Bfloat16Config(), None)
    before, after = (
        (folder / "model.bin").stat().st_size for folder in (floats, tmp_path / "bf16")
    )
    assert after < 0.6 * before
    assert '<precision value="bf16"' in (tmp_path / "bf16/model.xml").read_text()
