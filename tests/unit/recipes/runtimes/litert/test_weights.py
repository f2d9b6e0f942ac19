"""Integer weights of LiteRT: smaller, close, and without calibration."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.runtimes.litert.flatbuffer import sizes_of, take_apart
from lamplighter_recipes.runtimes.litert.session import open_infer
from lamplighter_recipes.runtimes.litert.weights import quantize_weights
from lamplighter_wire.tasks.detection import TENSORS

pytest.importorskip("ai_edge_quantizer")
FLOATS = Path(__file__).parents[4] / "data/litert"


def weight_bytes(artifact: Path) -> int:
    """Of one size; the graphs stay as large as they were."""
    return sum(len(piece.data) for piece in take_apart(artifact)[0].pieces[1:])


@pytest.mark.parametrize(("bits", "integers", "error"), [(8, True, 0.1), (8, False, 0.05)])
def test_answers_stay_close(bits: int, integers: bool, error: float, tmp_path: Path) -> None:
    quantize_weights(FLOATS, tmp_path, bits, integer_arithmetic=integers)
    assert sizes_of(tmp_path) == sizes_of(FLOATS)
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    ours, theirs = open_infer(tmp_path, TENSORS)(picture), open_infer(FLOATS, TENSORS)(picture)
    for name, reference in theirs.items():
        difference = np.abs(ours[name] - reference).mean()
        assert 0 < difference < error * np.abs(reference).mean()


def test_each_halving_of_the_bits_halves_the_weights(tmp_path: Path) -> None:
    sizes = {32: sum(len(f.pieces[0].data) for f in take_apart(FLOATS)) + 2 * weight_bytes(FLOATS)}
    for bits in (8, 4):
        quantize_weights(FLOATS, tmp_path / str(bits), bits, integer_arithmetic=False)
        sizes[bits] = sum(p.stat().st_size for p in (tmp_path / str(bits)).iterdir())
    assert sizes[4] < sizes[8] < sizes[32]
