"""Time of small networks of every common activation, in floats and in 8 bits, in turns.

    python -m tests.benchmarks.activation_networks

Weights are random: they say nothing of accuracy, and all of time.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from lamplighter_recipes.runtimes.onnxruntime.export import export
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_wire.tasks.tensor_names import TensorNames
from torch import Tensor, nn

TENSORS = TensorNames("image", ("answer",))
SIDE, ROUNDS = 160, 60
Activation = Callable[[], nn.Module]
ACTIVATIONS: dict[str, Activation] = {
    "relu6": nn.ReLU6,
    "leaky": lambda: nn.LeakyReLU(0.1),
    "silu": nn.SiLU,
    "hard-swish": nn.Hardswish,
}
# expansion, output channels, stride: the first half of a mobile network
BLOCKS = ((4, 24, 2), (4, 24, 1), (4, 40, 2), (4, 40, 1), (4, 40, 1), (4, 80, 2), (4, 80, 1))


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow, self.wide = (
            nn.Conv2d(channels, channels // 4, 1),
            nn.Conv2d(channels // 4, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.narrow(x.mean((2, 3), keepdim=True)))
        return x * nn.functional.hardsigmoid(self.wide(y))


class Block(nn.Module):
    """Expand, filter each channel, project."""

    def __init__(
        self, enter: int, leave: int, expansion: int, stride: int, act: Activation, *, gate: bool
    ) -> None:
        super().__init__()
        wide = enter * expansion
        self.residual = enter == leave and stride == 1
        self.layers = nn.Sequential(
            nn.Conv2d(enter, wide, 1),
            act(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide),
            act(),
            SqueezeExcite(wide) if gate else nn.Identity(),
            nn.Conv2d(wide, leave, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


class Dense(nn.Module):
    """Plain convolutions whose outputs are concatenated, as in YOLO's stages."""

    def __init__(self, enter: int, leave: int, act: Activation) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(enter, leave, 3, 2, 1), act())
        self.second = nn.Sequential(
            nn.Conv2d(leave, leave // 2, 1),
            act(),
            nn.Conv2d(leave // 2, leave, 3, 1, 1),
            act(),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        return torch.cat([y, self.second(y)], 1)


class Classifier(nn.Module):
    def __init__(self, act: Activation, kind: str) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = 16
        if kind == "dense":
            for leave in (24, 48, 96):
                blocks.append(Dense(channels, leave, act))
                channels = 2 * leave
        else:
            for expansion, leave, stride in BLOCKS:
                gate = kind == "gated"
                blocks.append(Block(channels, leave, expansion, stride, act, gate=gate))
                channels = leave
        self.body = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), act(), *blocks)
        self.head = nn.Linear(channels, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = (images.permute(0, 3, 1, 2).float() - 114) * (1 / 64)
        return self.head(self.body(x).mean((2, 3)))


def milliseconds(graphs: dict[str, Path], pictures: list[np.ndarray]) -> dict[str, float]:
    """Processor time, lower quartile, in turns."""
    infers = {name: open_infer(path, TENSORS) for name, path in graphs.items()}
    times: dict[str, list[float]] = {name: [] for name in graphs}
    for turn in range(ROUNDS):
        for name, infer in infers.items():
            began = time.process_time()
            infer(pictures[turn % len(pictures)])
            times[name].append((time.process_time() - began) * 1e3)
    return {name: float(np.percentile(values, 25)) for name, values in times.items()}


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (8, 1, SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
    pictures = list(blocks.repeat(8, axis=2).repeat(8, axis=3))
    sys.stdout.write("| network | fp32 ms | int8 ms | ratio |\n|---|---|---|---|\n")
    for kind in ("mobile", "gated", "dense"):
        for name, activation in ACTIVATIONS.items():
            with tempfile.TemporaryDirectory() as folder:
                graph, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
                export(Classifier(activation, kind).eval(), graph, TENSORS)
                quantize_graph(graph, target, measure_ranges(graph, TENSORS, pictures), "u8")
                times = milliseconds({"fp32": graph, "int8": target}, pictures)
            fp32, int8 = times["fp32"], times["int8"]
            row = f"| {kind}, {name} | {fp32:.2f} | {int8:.2f} | {fp32 / int8:.2f} |\n"
            sys.stdout.write(row)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
