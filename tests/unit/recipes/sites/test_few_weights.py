"""Of each layer the weights that moved most may move, and never beyond the largest of their row."""

import copy

import pytest

torch = pytest.importorskip("torch")

from lamplighter_recipes.preparing.hooks import Moment  # noqa: E402
from lamplighter_recipes.sites.few_weights import FewWeights  # noqa: E402
from torch import nn  # noqa: E402

pytestmark = pytest.mark.torch
SHARE = 0.1


def _network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 8, 1))


def _shaken(network: nn.Module, by: float) -> nn.Module:
    shaken = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in shaken.parameters():
            parameter += by * torch.randn_like(parameter)
    return shaken


def _after(start: nn.Module, learnt: nn.Module, network: nn.Module) -> nn.Module:
    """The network after a step of a training that may move few weights."""
    optimiser = torch.optim.SGD(network.parameters())
    FewWeights(start, learnt, SHARE).after_step(Moment(network, optimiser, 1, 0.5))
    return network


def test_those_that_moved_most_may_move() -> None:
    start = _network()
    learnt, network = _shaken(start, 0.01), _shaken(start, 0.001)
    _after(start, learnt, network)
    for name, before in start.named_parameters():
        now, free = dict(network.named_parameters())[name], dict(learnt.named_parameters())[name]
        if before.ndim == 1:
            assert not torch.equal(now, before), "scales, shifts and biases are free"
            continue
        moved = now != before
        assert moved.float().mean() <= SHARE + 1 / before.numel()
        distance = (free - before).abs()
        assert distance[moved].min() >= distance[~moved].quantile(0.8)


def test_the_largest_of_a_channel_stays_the_largest() -> None:
    start = _network()
    network = _after(start, _shaken(start, 0.5), _shaken(start, 5.0))
    for before, now in zip(start.parameters(), network.parameters(), strict=True):
        if before.ndim > 1:
            rows = before.abs().flatten(1).amax(1), now.abs().flatten(1).amax(1)
            assert torch.equal(*rows)


def test_the_average_that_is_served_differs_in_no_other_weight() -> None:
    start = _network()
    learnt, average = _shaken(start, 0.01), _shaken(start, 1e-7)
    FewWeights(start, learnt, SHARE).finish(average)
    same = [
        float((a == b).float().mean())
        for a, b in zip(start.parameters(), average.parameters(), strict=True)
        if a.ndim > 1
    ]
    assert min(same) >= 1 - SHARE - 0.01
