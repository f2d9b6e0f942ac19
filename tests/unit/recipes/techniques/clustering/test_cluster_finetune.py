"""Trained values: few of them, moved by the sum of their weights' gradients."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.techniques.clustering.cluster_finetune import (
    CentroidConfig,
    cluster_finetune,
    tie,
)
from lamplighter_recipes.techniques.clustering.sharing import Sharing, share_values
from torch import Tensor, nn

pytestmark = pytest.mark.torch


@dataclass
class Bench:
    """Trains a layer to answer as another does."""

    teacher: nn.Module
    steps: int = 60
    train: TrainConfig = field(default_factory=TrainConfig)

    def run(self, network: nn.Module, config: TrainConfig, teacher: Any = None) -> nn.Module:
        optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
        for step in range(self.steps):
            loss = difference(network, self.teacher, step)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return network


def difference(network: nn.Module, teacher: nn.Module, seed: int = 1000) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randn(4, 16, 8, 8, generator=generator)
    return ((network(pictures) - teacher(pictures)) ** 2).mean()


def _layer() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(16, 32, 3), nn.Conv2d(32, 4, 1))


def test_training_gives_back_what_few_values_cost() -> None:
    teacher, network = _layer(), _layer()
    config = CentroidConfig(entries=4, small_entries=4, rounds=20, learning_rate=2e-3)
    plain = _layer()
    weights = share_values(plain[0].weight.detach().numpy(), config)  # type: ignore[operator, union-attr]
    plain[0].weight.data = torch.from_numpy(weights)
    trained = cluster_finetune(network, config, Bench(teacher))  # type: ignore[arg-type]
    with torch.no_grad():
        assert difference(trained, teacher) < 0.9 * difference(plain, teacher)
    assert len(torch.unique(trained[0].weight)) <= 4  # type: ignore[index]
    names = {"0.weight", "0.bias", "1.weight", "1.bias"}
    assert {name for name, _ in trained.named_parameters()} == names


def test_a_values_gradient_is_the_sum_of_its_weights_gradients() -> None:
    layer, free = _layer()[0], _layer()[0]
    tie(layer, Sharing(entries=4, small_entries=4))
    free.weight.data = layer.weight.detach().clone()  # type: ignore[operator, union-attr]
    pictures = torch.randn(2, 16, 8, 8)
    for module in (layer, free):
        (module(pictures) ** 2).sum().backward()
    values = layer.parametrizations["weight"].original  # type: ignore[index, union-attr]
    gradient = free.weight.grad
    for value, summed in zip(values, values.grad, strict=True):
        mine = gradient[free.weight == value]  # type: ignore[index]
        assert float(mine.sum()) == pytest.approx(float(summed), rel=1e-3, abs=1e-3)


def test_small_layers_are_left_alone() -> None:
    network = _layer()
    before = network[1].weight.detach().numpy().copy()  # type: ignore[operator, union-attr]
    bench = Bench(_layer(), steps=0)
    after = cluster_finetune(network, CentroidConfig(entries=4), bench)[1].weight  # type: ignore[arg-type, index]
    assert np.array_equal(after.detach().numpy(), before)
