"""Models of LiteRT: what is shared, what computes on 8 bits, and how close it stays.

The float models in tests/data/litert are `export` of the tests' tiny network, which takes seconds a
size: the contract of runtimes converts one anew.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.building.calibration import chosen_frames
from lamplighter_recipes.runtimes.calibration_rule import Method
from lamplighter_recipes.runtimes.litert.flatbuffer import file_of, read_model, sizes_of, take_apart
from lamplighter_recipes.runtimes.litert.graph import CAST, DEQUANTIZE, LEAKY_RELU, code_of
from lamplighter_recipes.runtimes.litert.quantization import quantize_artifact
from lamplighter_recipes.runtimes.litert.ranges import measure_ranges
from lamplighter_recipes.runtimes.litert.session import open_infer
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import pack
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import TENSORS

pytest.importorskip("ai_edge_quantizer")
pytestmark = pytest.mark.torch
FLOATS = Path(__file__).parents[4] / "data/litert"
SIZES = ["64x64", "96x64"]


def pictures(frames: FrameSet) -> Iterator[np.ndarray]:
    for size in SIZES:
        for frame in frames:
            yield bilinear(frame, *parse_size(size))[None]


def quantized(folders: Materials, target: Path, calibration: str = "") -> Path:
    frames = chosen_frames(load_frames(folders.calibration_dir), calibration)
    quantize_artifact(FLOATS, target, measure_ranges(FLOATS, TENSORS, pictures(frames)))
    return target


@pytest.fixture(scope="module")
def bytes_(folders: Materials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quantized(folders, tmp_path_factory.mktemp("int8"))


def test_eight_bits_stay_close_at_every_size(bytes_: Path, folders: Materials) -> None:
    frame = load_frames(folders.evaluation_dir).frames[0]
    ours, theirs = open_infer(bytes_, TENSORS), open_infer(FLOATS, TENSORS)
    assert sizes_of(bytes_) == SIZES
    for size in SIZES:
        image = bilinear(frame, *parse_size(size))[None]
        for name, value in ours(image).items():
            reference = theirs(image)[name]
            assert np.abs(value - reference).mean() < 0.1 * np.abs(reference).mean()


def test_activations_and_pixels_stay_in_eight_bits(bytes_: Path) -> None:
    model = read_model(file_of(bytes_, SIZES[0]))
    (graph,) = model.subgraphs
    codes = Counter(code_of(model, operator) for operator in graph.operators)
    assert codes[CAST] == 0  # the picture's bytes are read directly
    assert codes[DEQUANTIZE] == 3  # one a level, where the decoding begins
    reads = {t for op in graph.operators if code_of(model, op) == LEAKY_RELU for t in op.inputs}
    assert reads and all(graph.tensors[tensor].quantization.scale for tensor in reads)


def test_files_of_all_sizes_share_their_weights(bytes_: Path) -> None:
    files = take_apart(bytes_)
    assert [file.name for file in files] == [f"model-{size}.tflite" for size in SIZES]
    for file in files:
        content = b"".join(piece.data for piece in file.pieces)
        assert content == (bytes_ / file.name).read_bytes()
    first, second = ([piece.data for piece in file.pieces[1:]] for file in files)
    assert first == second


def test_another_calibration_changes_the_graphs_only(
    folders: Materials, bytes_: Path, tmp_path: Path
) -> None:
    other = quantized(folders, tmp_path / "night", "night")
    held = pack(take_apart(bytes_)).chunks
    packed = pack(take_apart(other))
    changed = {sha for sha in packed.chunks if sha not in held}
    graphs = {sha for part in packed.parts if part.name == "graph" for sha in part.chunks}
    assert changed and changed <= graphs


@pytest.mark.parametrize("method", ["percentile", "entropy", "mse"])
def test_other_rules_stay_within_the_extremes(folders: Materials, method: Method) -> None:
    frames = load_frames(folders.calibration_dir)
    widest = measure_ranges(FLOATS, TENSORS, pictures(frames), "minmax")
    chosen = measure_ranges(FLOATS, TENSORS, pictures(frames), method)
    assert chosen.keys() == widest.keys()
    slack = 1e-5
    for name, (low, high) in chosen.items():
        assert min(widest[name][0], 0) - slack <= low <= high <= max(widest[name][1], 0) + slack
    assert any(chosen[name] != widest[name] for name in widest)
