"""Masks: which weights of a network may differ from zero, by the names of its parameters."""

from collections.abc import Mapping
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook

Start = Literal["magnitude", "random"]
Masks = dict[str, Tensor]
"""Parameter -> bool of its shape; True where the weight stays."""
PICTURE_CHANNELS = 3


def sparse_weights(network: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that sparsity may take, by name: those of layers that mix many channels.

    The layer that reads pictures and depthwise ones stay dense: they hold next to nothing, and
    each of their weights is worth more (as in Evci et al., 2020).
    """
    layers = {f"{name}.weight" for name, layer in network.named_modules() if _is_mixing(layer)}
    return {name: weight for name, weight in network.named_parameters() if name in layers}


def _is_mixing(layer: nn.Module) -> bool:
    mixes = isinstance(layer, nn.Conv2d | nn.Linear)
    return mixes and cast(nn.Parameter, layer.weight).shape[1] > PICTURE_CHANNELS


def magnitude_masks(network: nn.Module, counts: Mapping[str, int]) -> Masks:
    """Of each weight tensor its largest ones stay, exactly as many as `counts` says."""
    weights = sparse_weights(network)
    return {name: largest(weights[name].detach().abs(), count) for name, count in counts.items()}


def random_masks(network: nn.Module, counts: Mapping[str, int], seed: int) -> Masks:
    """Of each weight tensor any ones stay, exactly as many as `counts` says."""
    weights, generator = sparse_weights(network), torch.Generator().manual_seed(seed)
    return {
        name: largest(torch.rand(weights[name].shape, generator=generator), count)
        for name, count in counts.items()
    }


def start_masks(network: nn.Module, counts: Mapping[str, int], start: Start, seed: int) -> Masks:
    """The masks that a dynamic training begins with."""
    if start == "random":
        return random_masks(network, counts, seed)
    return magnitude_masks(network, counts)


def masks_of_zeros(network: nn.Module) -> Masks:
    """What is zero stays zero; tensors without a zero have no mask."""
    weights = {name: weight.detach() for name, weight in sparse_weights(network).items()}
    return {name: weight != 0 for name, weight in weights.items() if bool((weight == 0).any())}


def largest(scores: Tensor, count: int) -> Tensor:
    """True at the `count` largest scores, exactly, whatever ties there are."""
    flat = torch.zeros(scores.numel(), dtype=torch.bool, device=scores.device)
    flat[scores.flatten().topk(count).indices] = True
    return flat.view(scores.shape)


def density(masks: Masks) -> float:
    """Share of the masked tensors' weights that stay."""
    total = sum(mask.numel() for mask in masks.values())
    return sum(int(mask.sum()) for mask in masks.values()) / total if total else 1.0


@torch.no_grad()
def apply_masks(network: nn.Module, masks: Masks) -> None:
    """Set what the masks exclude to zero, in place.

    Raises:
        RecipeError: when a layer is missing or has another shape than its mask.
    """
    for name, weight in masked_weights(network, masks).items():
        weight.mul_(masks[name].to(weight.device))


def masked_weights(network: nn.Module, masks: Masks) -> dict[str, nn.Parameter]:
    """The parameters that have a mask.

    Raises:
        RecipeError: when one is missing or has another shape than its mask.
    """
    parameters = dict(network.named_parameters())
    for name, mask in masks.items():
        if name not in parameters or parameters[name].shape != mask.shape:
            raise RecipeError(
                f"the mask of {name} no longer fits its layer",
                key="prepare",
                remedy="make the network narrower or shallower before it becomes sparse",
            )
    return {name: parameters[name] for name in masks}


class KeepMasks(TrainingHook):
    """Masked weights stay zero through the training, and in what is served."""

    def __init__(self, masks: Masks) -> None:
        self.masks = masks

    def before_step(self, moment: Moment) -> None:
        """The loss is computed by the weights that stay."""
        apply_masks(moment.network, self.masks)

    def before_update(self, moment: Moment) -> None:
        """Masked weights have no gradient: it would take part in the clipping and in Adam."""
        for name, weight in masked_weights(moment.network, self.masks).items():
            if weight.grad is not None:
                weight.grad.mul_(self.masks[name].to(weight.device))

    def after_step(self, moment: Moment) -> None:
        """What Adam remembers may still move a masked weight."""
        apply_masks(moment.network, self.masks)

    def finish(self, network: nn.Module) -> None:
        """The average still holds something of weights that were dropped."""
        apply_masks(network, self.masks)

    def state(self) -> dict[str, Any]:
        """The masks."""
        return {"masks": {name: mask.cpu() for name, mask in self.masks.items()}}

    def resume(self, state: dict[str, Any]) -> None:
        """The masks of a checkpoint."""
        self.masks = state["masks"]
