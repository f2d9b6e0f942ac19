"""The twin of a detector with ReLUs alone: its tensors, and what its gates were on average."""

from collections.abc import Iterable

import torch
from torch import Tensor

from lamplighter_recipes.tasks.detection.networks.detector import DetectionNetwork, Detector
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import Block, SqueezeExcite


def relu_twin(detector: Detector, pictures: Iterable[Tensor]) -> Detector:
    """A network of the same widths with `Architecture.with_relu`, to be trained further.

    A squeeze-and-excite becomes the mean of its gates over pictures uint8 [N,H,W,3].
    """
    gates = mean_gates(detector, pictures)
    tensors = detector.net.state_dict()
    for place, gate in gates.items():
        weight = f"{place}.project.0.weight"
        tensors[weight] = tensors[weight] * gate.view(1, -1, 1, 1)
    twin: DetectionNetwork = type(detector.net)(detector.architecture.with_relu())
    twin.load_state_dict({key: tensors[key] for key in twin.state_dict()})
    return Detector(twin).train(detector.training)


@torch.no_grad()
def mean_gates(detector: Detector, pictures: Iterable[Tensor]) -> dict[str, Tensor]:
    """Mean gate [C] of each squeeze-and-excite, by the name of its block; none: no pictures."""
    squeezed = {
        name: module.squeeze
        for name, module in detector.net.named_modules()
        if isinstance(module, Block) and isinstance(module.squeeze, SqueezeExcite)
    }
    if not squeezed:
        return {}
    gates: dict[str, list[Tensor]] = {name: [] for name in squeezed}
    hooks = [
        squeeze.gate.register_forward_hook(
            lambda _module, _inputs, gate, name=name: gates[name].append(gate.mean((0, 2, 3)))
        )
        for name, squeeze in squeezed.items()
    ]
    training = detector.training
    detector.eval()
    for images in pictures:
        detector.raw(images)
    detector.train(training)
    for hook in hooks:
        hook.remove()
    return {name: torch.stack(values).mean(0) for name, values in gates.items()}
