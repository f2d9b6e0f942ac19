"""A training that moves few weights of each layer, so that devices are sent little.

Those that a free training moved most may move in a second one from the same start: sparse
fine-tuning by lottery tickets (Ansell et al., Composable Sparse Fine-Tuning, ACL 2022). The largest
weight of each output channel stays, and bounds the others: the scale that a channel is quantized by
stays as well, and with it every 8-bit weight that was not moved. Saves bytes of updates.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lamplighter_recipes.preparing.hooks import Moment, TrainingHook


class FewWeights(TrainingHook):
    """Puts back what may not move, after each step. Scales, shifts and biases are free.

    Args:
        start, learnt: before and after the free training.
        share: of each layer's weights, that may move.
    """

    def __init__(self, start: nn.Module, learnt: nn.Module, share: float) -> None:
        after = dict(learnt.named_parameters())
        self._start = {
            name: tensor.detach().clone()
            for name, tensor in start.named_parameters()
            if tensor.ndim > 1
        }
        self._largest = {name: _largest(tensor) for name, tensor in self._start.items()}
        self._free = {
            name: _most_moved(tensor, after[name].detach(), self._largest[name], share)
            for name, tensor in self._start.items()
        }

    def after_step(self, moment: Moment) -> None:
        self._restore(moment.network)

    def finish(self, network: nn.Module) -> None:
        self._restore(network)

    def _restore(self, network: nn.Module) -> None:
        parameters = dict(network.named_parameters())
        with torch.no_grad():
            for name, start in self._start.items():
                parameter = parameters[name]
                own: Mapping[str, Tensor] = {
                    "start": start.to(parameter.device),
                    "free": self._free[name].to(parameter.device),
                    "largest": self._largest[name].to(parameter.device),
                }
                bounded = parameter.clamp(-own["largest"], own["largest"])
                parameter.copy_(torch.where(own["free"], bounded, own["start"]))


def _largest(tensor: Tensor) -> Tensor:
    """The largest magnitude of each output channel."""
    rows = tensor.abs().reshape(tensor.shape[0], -1).amax(dim=1)
    return rows.reshape(-1, *[1] * (tensor.ndim - 1))


def _most_moved(start: Tensor, learnt: Tensor, largest: Tensor, share: float) -> Tensor:
    """Which elements moved most; of those that are a channel's largest none."""
    moved = torch.where(start.abs() >= largest, 0.0, (learnt - start).abs())
    count = min(moved.numel(), max(1, round(share * moved.numel())))
    least = moved.flatten().topk(count).values[-1]
    return (moved >= least) & (moved > 0)
