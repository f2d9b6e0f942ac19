"""Fits a changed network to the one it came from, convolution by convolution, without training.

Each convolution gets the weights with which it gives, on what now reaches it, most nearly what it
gave before: a least-squares problem with an exact answer, solved in the order of the network, so
that later layers make up for what earlier ones still miss (as is done after pruning by He, Zhang &
Sun, Channel Pruning for Accelerating Very Deep Neural Networks, ICCV 2017). No labels are needed,
and a minute of one core does for a network of a million weights.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

BATCH = 8


@dataclass(frozen=True)
class FitConfig:
    """How much is looked at, and how strongly a convolution is held at its present weights.

    Attributes:
        positions: of each map of each picture, drawn at random.
        hold: share of the mean square of its inputs that pulls each weight back.
    """

    positions: int = 150
    hold: float = 0.01
    seed: int = 0


class _Reached(Exception):  # noqa: N818 - no error: what comes after the layer is not needed
    pass


@torch.no_grad()
def fit_convolutions(
    network: nn.Module, reference: nn.Module, pictures: Tensor, config: FitConfig | None = None
) -> None:
    """Fit the convolutions of `network`, in place, to those of the same name in `reference`.

    Those of both have biases and no norms behind them.

    Args:
        pictures: uint8 [N,H,W,3], as both networks take them.
    """
    config = config or FitConfig()
    network.eval()
    names = [name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)]
    targets = _outputs(reference.eval(), names, pictures, config)
    for name, (places, outputs) in targets.items():
        convolution = cast(nn.Conv2d, network.get_submodule(name))
        inputs = _inputs(network, convolution, pictures, places)
        _fit(convolution, inputs, outputs, config.hold)


_Sampled = tuple[Tensor, Tensor]  # positions [N, p] and what was given there [N, p, channels]


def _outputs(
    network: nn.Module, names: list[str], pictures: Tensor, config: FitConfig
) -> dict[str, _Sampled]:
    """What convolutions give at random positions, in the order in which they run."""
    sampled: dict[str, list[_Sampled]] = {}
    random = torch.Generator().manual_seed(config.seed)

    def keep(name: str, output: Tensor) -> None:
        maps = output.flatten(2).transpose(1, 2)
        shape = len(maps), config.positions
        places = torch.randint(maps.shape[1], shape, generator=random)
        sampled.setdefault(name, []).append((places, _taken(maps, places)))

    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: keep(name, output)
        )
        for name in names
    ]
    for batch in pictures.split(BATCH):
        network(batch)
    for hook in hooks:
        hook.remove()
    return {
        name: (torch.cat([p for p, _ in parts]), torch.cat([o for _, o in parts]))
        for name, parts in sampled.items()
    }


def _inputs(network: nn.Module, convolution: nn.Conv2d, pictures: Tensor, places: Tensor) -> Tensor:
    """What reaches a convolution at positions: [N, p, groups, inputs of one output]."""
    parts: list[Tensor] = []

    def keep(module: nn.Conv2d, inputs: tuple[Tensor]) -> None:
        patches = functional.unfold(
            inputs[0],
            module.kernel_size,
            padding=cast("tuple[int, int]", module.padding),
            stride=module.stride,
        )
        done = sum(len(part) for part in parts)
        parts.append(_taken(patches.transpose(1, 2), places[done : done + len(patches)]))
        raise _Reached

    hook = convolution.register_forward_pre_hook(keep)
    for batch in pictures.split(BATCH):
        try:
            network(batch)
        except _Reached:
            continue
    hook.remove()
    return torch.cat(parts).unflatten(-1, (convolution.groups, -1))


def _taken(maps: Tensor, places: Tensor) -> Tensor:
    """Rows of maps [N, positions, channels] at places [N, p]: [N, p, channels]."""
    return maps.gather(1, places[:, :, None].expand(-1, -1, maps.shape[2]))


def _fit(convolution: nn.Conv2d, inputs: Tensor, outputs: Tensor, hold: float) -> None:
    """Ridge regression towards the present weights and bias, each group by itself."""
    groups = convolution.groups
    x = inputs.flatten(0, 1).transpose(0, 1).double()  # [groups, samples, inputs]
    x = torch.cat([x, torch.ones_like(x[..., :1])], -1)
    y = outputs.flatten(0, 1).unflatten(-1, (groups, -1)).transpose(0, 1).double()
    bias = cast(Tensor, convolution.bias)
    now = torch.cat(
        [
            convolution.weight.flatten(1).unflatten(0, (groups, -1)),
            bias.view(groups, -1, 1),
        ],
        -1,
    ).double()
    squares = x.transpose(1, 2) @ x
    scale = squares.diagonal(dim1=1, dim2=2).mean(-1, keepdim=True)
    squares = squares + torch.diag_embed(hold * scale.expand(-1, x.shape[2]) + 1e-9)
    change = torch.linalg.solve(squares, x.transpose(1, 2) @ (y - x @ now.transpose(1, 2)))
    fitted = (now + change.transpose(1, 2)).flatten(0, 1).float()
    convolution.weight.copy_(fitted[:, :-1].view_as(convolution.weight))
    bias.copy_(fitted[:, -1])
