"""What the loss would rise by without a channel, from a few batches of training data.

The square of a filter's weights times their gradients, averaged over batches and added up over
what goes together (Molchanov et al., Importance Estimation for Neural Network Pruning, CVPR 2019).
Unlike the size of weights it can be compared between layers.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

import torch
from torch import Tensor, nn

from lamplighter_recipes.preparing.trainer import Workbench


def channel_saliency(
    network: nn.Module,
    members: Mapping[int, Sequence[nn.Module]],
    bench: Workbench,
    batches: int,
) -> dict[int, list[float]]:
    """Group -> saliency of each of its channels; `members`: layers whose outputs it holds."""
    config = bench.train
    network.train()
    totals: dict[int, Tensor] = {}
    for images, labels in islice(bench.training.batches(config, config.seed), batches):
        network.zero_grad()
        loss, _ = bench.training.loss(network, images, labels, None, config)
        loss.backward()
        for number, layers in members.items():
            score = torch.stack([_of_filters(layer) for layer in layers]).sum(0)
            totals[number] = totals.get(number, torch.zeros_like(score)) + score / batches
    network.zero_grad()
    network.eval()
    return {number: total.tolist() for number, total in totals.items()}


@torch.no_grad()
def _of_filters(layer: nn.Module) -> Tensor:
    """One value for each output channel."""
    changes = [
        (parameter * parameter.grad).flatten(1).sum(1)
        if parameter.dim() > 1
        else parameter * parameter.grad
        for parameter in layer.parameters()
        if parameter.grad is not None
    ]
    return torch.stack(changes).sum(0).square()
