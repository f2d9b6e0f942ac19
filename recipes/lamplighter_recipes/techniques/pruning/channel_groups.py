"""Groups of channels of a torch network that go together: found, weighed and narrowed.

What is bound together by additions and concatenations is found by tracing (Fang et al., DepGraph,
CVPR 2023).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch_pruning
from torch import Tensor, nn

from lamplighter_recipes.techniques.pruning.cost_model import Layer, Widths
from lamplighter_recipes.techniques.pruning.prune import TRACE_SIZE_PX


@dataclass(frozen=True)
class ChannelGroups:
    """Groups by number: `roots` gives each by the name of a layer whose outputs it holds.

    `members`: group -> names of all layers whose output channels it holds, in the same order as
    the root's.
    """

    roots: Mapping[int, str]
    channels: Widths
    members: Mapping[int, Sequence[str]]
    layers: tuple[Layer, ...]

    def modules(self, net: nn.Module) -> dict[int, list[nn.Module]]:
        """Group -> the layers whose output channels it holds."""
        by_name = dict(net.named_modules())
        return {group: [by_name[name] for name in names] for group, names in self.members.items()}


def output_layers(net: nn.Module) -> list[nn.Module]:
    """The layers that give a detector's maps: the last of each head."""
    heads = cast("list[nn.Sequential]", list(net.get_submodule("heads").children()))
    return [head[-1] for head in heads]


def channel_groups(
    net: nn.Module, outputs: Sequence[nn.Module], size: tuple[int, int]
) -> ChannelGroups:
    """All groups of a network that takes float pictures [N,3,H,W]; `outputs` keep theirs.

    `size`: width and height that the layers' pixels are counted at.
    """
    graph = _dependencies(net)
    groups = list(graph.get_all_groups(list(outputs), [nn.Conv2d]))
    names = {module: name for name, module in net.named_modules()}
    inputs_of, outputs_of = _holders(graph, groups, names)
    channels = {number: len(group[0].idxs) for number, group in enumerate(groups)}
    return ChannelGroups(
        {number: names[group[0].dep.target.module] for number, group in enumerate(groups)},
        channels,
        {
            number: [name for name, holds in outputs_of.items() if number in holds]
            for number in channels
        },
        _layers(net, names, size, inputs_of, outputs_of, channels),
    )


def _holders(
    graph: torch_pruning.DependencyGraph,
    groups: Sequence[torch_pruning.dependency.Group],
    names: Mapping[nn.Module, str],
) -> tuple[dict[str, Counter[int]], dict[str, Counter[int]]]:
    """Convolution -> groups of its inputs, and of its outputs, with how many of each it holds."""
    inputs_of: dict[str, Counter[int]] = {}
    outputs_of: dict[str, Counter[int]] = {}
    for number, group in enumerate(groups):
        for dependency, indices in group:
            module = dependency.target.module
            if isinstance(module, nn.Conv2d):
                leaving = graph.is_out_channel_pruning_fn(dependency.handler)
                side = outputs_of if leaving else inputs_of
                times = len(indices) // len(group[0].idxs)
                side.setdefault(names[module], Counter())[number] += times
    return inputs_of, outputs_of


def narrowed(net: nn.Module, groups: ChannelGroups, keep: Mapping[int, Sequence[int]]) -> None:
    """Remove all channels of each group but those of `keep`, in place."""
    graph = _dependencies(net)
    modules = dict(net.named_modules())
    for number, root in groups.roots.items():
        gone = sorted(set(range(groups.channels[number])) - set(keep[number]))
        if gone:
            module = modules[root]
            prune = graph.get_pruner_of_module(module).prune_out_channels
            graph.get_pruning_group(module, prune, gone).prune()


def _dependencies(net: nn.Module) -> torch_pruning.DependencyGraph:
    for parameter in net.parameters():
        parameter.requires_grad_(True)  # it is traced through autograd
    picture = torch.zeros(1, 3, TRACE_SIZE_PX, TRACE_SIZE_PX)
    return torch_pruning.DependencyGraph().build_dependency(net, picture)


def _layers(
    net: nn.Module,
    names: Mapping[nn.Module, str],
    size: tuple[int, int],
    inputs_of: Mapping[str, Counter[int]],
    outputs_of: Mapping[str, Counter[int]],
    channels: Widths,
) -> tuple[Layer, ...]:
    layers = []
    for layer, pixels_in, pixels_out in _measured(net, size):
        name, depthwise = names[layer], layer.groups > 1
        outputs = outputs_of.get(name, Counter())
        inputs = outputs if depthwise else inputs_of.get(name, Counter())
        layers.append(
            Layer(
                name,
                layer.kernel_size[0] * layer.kernel_size[1],
                pixels_in,
                pixels_out,
                depthwise,
                layer.in_channels - _held(inputs, channels),
                layer.out_channels - _held(outputs, channels),
                dict(inputs),
                dict(outputs),
            )
        )
    return tuple(layers)


def _held(groups: Counter[int], channels: Widths) -> int:
    return sum(times * channels[number] for number, times in groups.items())


@torch.no_grad()
def _measured(net: nn.Module, size: tuple[int, int]) -> list[tuple[nn.Conv2d, int, int]]:
    """Each convolution with the pixels that it reads and writes, in the order they run."""
    width, height = size
    seen: list[tuple[nn.Conv2d, int, int]] = []

    def note(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            seen.append((module, args[0].shape[2:].numel(), output.shape[2:].numel()))

    hooks = [module.register_forward_hook(note) for module in net.modules()]
    net(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return seen
