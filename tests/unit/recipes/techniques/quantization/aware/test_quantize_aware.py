"""Training under rounding gives back what it costs, and its steps reach the device's graph."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchao")

from lamplighter_recipes.building.build import compress_parent, compression_context  # noqa: E402
from lamplighter_recipes.building.calibration import learned_ranges  # noqa: E402
from lamplighter_recipes.errors import RecipeError  # noqa: E402
from lamplighter_recipes.preparing.batches import TrainConfig  # noqa: E402
from lamplighter_recipes.recipe.loader import load_catalogue  # noqa: E402
from lamplighter_recipes.runtimes.onnxruntime.graph import constants  # noqa: E402
from lamplighter_recipes.runtimes.onnxruntime.quantizing.weight_grids import grid_of  # noqa: E402
from lamplighter_recipes.tasks.detection.networks.detector import Detector  # noqa: E402
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import (  # noqa: E402
    MobileNetV3Detector,
    fold_norms,
)
from lamplighter_recipes.tasks.detection.weights import save_parent  # noqa: E402
from lamplighter_recipes.techniques.quantization.aware.graph_quantizer import (  # noqa: E402
    ACTIVATIONS,
    CONVOLUTIONS,
    JOINING,
    prepared_graph,
)
from lamplighter_recipes.techniques.quantization.aware.layers import (  # noqa: E402
    layers_of,
    start_steps,
    write_back,
)
from lamplighter_recipes.techniques.quantization.aware.quantize_aware import (  # noqa: E402
    QuantizeAwareConfig,
    quantize_aware,
)
from lamplighter_recipes.variants.identity import Materials  # noqa: E402
from torch import Tensor  # noqa: E402

from tests.simulators.recipe_rig import random_images, tiny_detector  # noqa: E402

pytestmark = pytest.mark.torch


class Pictures:
    """Small noise, without labels."""

    def batches(self, config: TrainConfig, _seed: int) -> Any:
        while True:
            yield random_images(config.batch, 64, 64), []


@dataclass
class Bench:
    """Trains a detector to answer as its teacher does."""

    steps: int
    train: TrainConfig = field(default_factory=TrainConfig)
    training: Pictures = field(default_factory=Pictures)
    facts: dict[str, Any] = field(default_factory=dict)

    def run(self, network: Detector, config: TrainConfig, teacher: Detector) -> Detector:
        optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
        for _ in range(self.steps):
            optimiser.zero_grad()
            difference(network, teacher).backward()
            optimiser.step()
        return network


def difference(network: Detector, teacher: Detector) -> Tensor:
    pictures = random_images(4, 64, 64)
    with torch.no_grad():
        goals = teacher.raw(pictures)
    pairs = zip(network.raw(pictures), goals, strict=True)
    return torch.stack([(ours - theirs).square().mean() for ours, theirs in pairs]).mean()


def rounded_only(detector: Detector, bits: int) -> Detector:
    """What calibration alone makes of it."""
    pictures = detector.normalise(random_images(4, 64, 64))
    graph = prepared_graph(detector.net, pictures, bits)
    start_steps(graph, [pictures])
    result = tiny_detector()
    write_back(graph, result.net)
    return result


def test_training_gives_back_what_rounding_costs() -> None:
    teacher, bench = tiny_detector(), Bench(steps=30)
    config = QuantizeAwareConfig(bits=3, learning_rate=3e-4)
    trained = quantize_aware(tiny_detector(), config, bench)  # type: ignore[arg-type]
    with torch.no_grad():
        lost = float(difference(rounded_only(tiny_detector(), 3), teacher))
        assert float(difference(trained, teacher)) < 0.6 * lost
    rounded = [
        grid_of(layer.weight.detach().numpy())
        for layer in trained.net.modules()
        if isinstance(layer, torch.nn.Conv2d)
    ]
    grids = [grid for grid in rounded if grid is not None]
    assert len(rounded) - len(grids) == 4  # the first, and the last of each head
    assert max(int(np.abs(grid.multiples).max()) for grid in grids) == 3


def test_a_build_takes_the_learned_steps(folders: Materials, tmp_path: Path) -> None:
    bench = Bench(steps=2)
    trained = quantize_aware(tiny_detector(), QuantizeAwareConfig(batch=4), bench)  # type: ignore[arg-type]
    save_parent(trained, "nanodet-p50", tmp_path, bench.facts)
    recipe = load_catalogue()["int8-p50"]
    own = replace(folders, weights_dir=tmp_path, cache_dir=tmp_path / "cache")
    context = compression_context(recipe, own, "x86_64")
    learned = learned_ranges(context.parent)
    graph = onnx.load(compress_parent(recipe, context, tmp_path)).graph
    values = constants(graph)
    quantized = {n.input[0]: n for n in graph.node if n.op_type == "QuantizeLinear"}
    assert len(learned) > 20
    for tensor, (low, high) in learned.items():
        if tensor in quantized:
            step = float(values[quantized[tensor].input[1]])
            assert step == pytest.approx((high - low) / 255, rel=1e-3)
    name = "net.stages.1.enter.0.weight_quantized"
    assert len(np.unique(values[name])) <= 15


def test_nothing_is_left_in_floats_between_two_roundings() -> None:
    for detector in (tiny_detector(), Detector(MobileNetV3Detector()).eval()):
        fold_norms(detector.net)
        picture = detector.normalise(random_images(2, 64, 96))
        graph = prepared_graph(detector.net, picture, 4)
        for node in graph.graph.nodes:
            if node.target in CONVOLUTIONS:
                continue
            if node.target in (*ACTIVATIONS, *JOINING):
                assert all(reader.op == "call_module" for reader in node.users), node
        layers = list(layers_of(graph))
        assert [layer.rounding is None for layer in layers].count(True) == 4
        start_steps(graph, [picture])
        other = detector.normalise(random_images(3, 96, 64))
        assert [tuple(level.shape[2:]) for level in graph(other)] == [(8, 12), (4, 6), (2, 3)]


def test_batches_may_be_of_one_picture() -> None:
    picture = tiny_detector().normalise(random_images(1, 64, 64))
    detector = tiny_detector()
    fold_norms(detector.net)
    graph = prepared_graph(detector.net, picture, 4)
    start_steps(graph, [picture])
    assert [len(level) for level in graph(picture)] == [1, 1, 1]


def test_a_number_of_bits_out_of_range_is_refused() -> None:
    with pytest.raises(RecipeError) as error:
        quantize_aware(tiny_detector(), QuantizeAwareConfig(bits=1), Bench(0))  # type: ignore[arg-type]
    assert error.value.key == "bits"
