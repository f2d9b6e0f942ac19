"""VPMADDUBSW in numpy: what x86 without VNNI makes of 8-bit products, and that 7 bits avoid it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_recipes.building.calibration import chosen_frames, pictures
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import TENSORS
from numpy.typing import NDArray
from onnx import numpy_helper

pytestmark = pytest.mark.torch


def saturating_dot(activations: NDArray[np.uint8], weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """Pairs of products, each pair's sum clipped to 16 bits, all of them added up in 32."""
    products = activations.astype(np.int32) * weights.astype(np.int32)
    pairs = products.reshape(*products.shape[:-1], -1, 2).sum(-1)
    return np.clip(pairs, -(2**15), 2**15 - 1).sum(-1)


def exact_dot(activations: NDArray[np.uint8], weights: NDArray[np.int8]) -> NDArray[np.int32]:
    return (activations.astype(np.int32) * weights.astype(np.int32)).sum(-1)


def weights_of(path: Path) -> list[NDArray[np.int8]]:
    """The 8-bit weights of each convolution, [out, inputs], an even number of inputs."""
    values = [numpy_helper.to_array(item) for item in onnx.load(path).graph.initializer]
    kernels = [v.reshape(len(v), -1) for v in values if v.dtype == np.int8 and v.ndim == 4]
    return [np.pad(kernel, ((0, 0), (0, kernel.shape[1] % 2))) for kernel in kernels]


@pytest.fixture(scope="module")
def graphs(
    graph: Path, folders: Materials, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The tiny network in 8 bits, with weights of 8 and of 7."""
    folder = tmp_path_factory.mktemp("saturation")
    frames = pictures(chosen_frames(load_frames(folders.calibration_dir), ""))
    ranges = measure_ranges(graph, TENSORS, frames)
    for kind in ("u8", "u8w7"):
        quantize_graph(graph, folder / f"{kind}.onnx", ranges, kind)
    return {kind: folder / f"{kind}.onnx" for kind in ("u8", "u8w7")}


def test_full_weights_overflow_where_activations_are_large(graphs: dict[str, Path]) -> None:
    wrong = [
        np.any(saturating_dot(bright, kernel) != exact_dot(bright, kernel))
        for kernel in weights_of(graphs["u8"])
        for bright in [np.full(kernel.shape[1], 255, np.uint8)]
    ]
    assert np.mean(wrong) > 0.5


def test_weights_of_7_bits_never_do(graphs: dict[str, Path]) -> None:
    kernels = weights_of(graphs["u8w7"])
    assert kernels and max(int(np.abs(k.astype(np.int16)).max()) for k in kernels) <= 64
    rng = np.random.default_rng(0)
    for kernel in kernels:
        noise = rng.integers(0, 256, (20, 1, kernel.shape[1]), np.uint8)
        for activations in (np.full_like(noise, 255), noise):
            np.testing.assert_array_equal(
                saturating_dot(activations, kernel), exact_dot(activations, kernel)
            )


def test_7_bits_stay_close(graphs: dict[str, Path], graph: Path, folders: Materials) -> None:
    image = bilinear(load_frames(folders.evaluation_dir).frames[0], 128, 96)[None]
    ours, theirs = (open_infer(file, TENSORS)(image) for file in (graphs["u8w7"], graph))
    for name, reference in theirs.items():
        assert 0 < np.abs(ours[name] - reference).mean() < 0.15 * np.abs(reference).mean()
