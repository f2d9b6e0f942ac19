"""Blocks that a network can do without, for they give as many channels as they take."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

LEAST_CONVOLUTIONS = 2  # what has fewer is a layer


def removable_blocks(net: nn.Module, picture: Tensor) -> list[str]:
    """Names of the blocks whose output has the shape of their input, in order.

    A block is an item of a sequence or list of modules, and has several convolutions.
    """
    items = [name for name, module in net.named_modules() if _is_block(net, name, module)]
    shapes = _shapes(net, items, picture)
    return [name for name in items if name in shapes and shapes[name][0] == shapes[name][1]]


@contextmanager
def left_out(net: nn.Module, name: str) -> Iterator[None]:
    """The block hands on what it gets, for a while."""
    handle = net.get_submodule(name).register_forward_hook(lambda _, args, __: args[0])
    try:
        yield
    finally:
        handle.remove()


def remove(net: nn.Module, name: str) -> None:
    """Take a block out of its sequence or list, in place; those behind it move up."""
    parent, _, index = name.rpartition(".")
    del net.get_submodule(parent)[int(index)]  # type: ignore[operator]


def _is_block(net: nn.Module, name: str, module: nn.Module) -> bool:
    parent = net.get_submodule(name.rpartition(".")[0]) if name else None
    convolutions = sum(isinstance(part, nn.Conv2d) for part in module.modules())
    return isinstance(parent, nn.Sequential | nn.ModuleList) and convolutions >= LEAST_CONVOLUTIONS


@torch.no_grad()
def _shapes(
    net: nn.Module, names: list[str], picture: Tensor
) -> dict[str, tuple[torch.Size, torch.Size]]:
    """Name -> shapes of what goes in and what comes out, of modules from one tensor to one."""
    shapes: dict[str, tuple[torch.Size, torch.Size]] = {}

    def note(name: str, args: tuple[object, ...], output: object) -> None:
        if len(args) == 1 and isinstance(args[0], Tensor) and isinstance(output, Tensor):
            shapes[name] = (args[0].shape, output.shape)

    handles = [
        net.get_submodule(name).register_forward_hook(lambda _, a, o, name=name: note(name, a, o))
        for name in names
    ]
    net(picture)
    for handle in handles:
        handle.remove()
    return shapes
