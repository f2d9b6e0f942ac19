"""Static 8-bit quantization that leaves in floats what 8 bits cost accuracy or time.

How much each layer costs is measured: its effect on the answers with it alone in 8 bits (as in Wu
et al., Integer Quantization for Deep Learning Inference, 2020, section 6.1), and the time of groups
of layers in either form, in turns on one thread. What comes out is no slower than the float network
on the workshop's processor, and agrees with it as far as the budget of time allows. Measuring takes
seconds to a minute; what was chosen is kept, so that a further build only quantizes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

import onnx

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.quantizing.layers import Layer, layers_of
from lamplighter_recipes.runtimes.runtime import Ranges
from lamplighter_recipes.techniques.bounds import Count, NotNegative, Share
from lamplighter_recipes.techniques.quantization.float_layers import (
    Likeness,
    for_accuracy,
    for_time,
)
from lamplighter_recipes.variants.identity import activation_type

Layers = frozenset[Layer]


@dataclass(frozen=True)
class QuantizeMixedConfig:
    """`activations`, `calibration`, `method` as for `quantize`.

    Layers stay in floats until the answers to `frames` calibration frames agree so much with the
    parent's, for at most `time_share` of the time more than all in 8 bits take.
    """

    activations: Literal["auto", "u8", "s8"] = "auto"
    calibration: str = ""
    method: Method = USUAL
    agreement: Share = 0.98
    time_share: NotNegative = 0.1
    frames: Count = 8


class MixedContext(Protocol):
    """What mixed quantization needs to know from outside."""

    @property
    def machine(self) -> str:
        """As `platform.machine()` says on the device, e.g. x86_64 or aarch64."""

    def ranges(self, model: Path, calibration: str, method: Method = USUAL) -> Ranges:
        """Minimum and maximum of every tensor over the calibration frames."""

    def likeness(self, model: Path, reference: Path, frames: int) -> tuple[float, float]:
        """Agreement of the answers to so many frames, and relative error of the outputs."""

    def time_ratio(self, model: Path, other: Path) -> float:
        """Time of one network over that of another, measured in turns."""

    def kept_choice(
        self, source: Path, settings: str, choose: Callable[[], list[str]]
    ) -> list[str]:
        """What was chosen for this artifact under these settings, chosen first where it was not."""


@technique(QuantizeMixedConfig)
def quantize_mixed(
    source: Path, target: Path, config: QuantizeMixedConfig, context: MixedContext
) -> None:
    """Write the form of the float graph `source` that is partly in 8 bits to `target`."""
    ranges = context.ranges(source, config.calibration, config.method)
    kind = activation_type(config.activations, context.machine)
    settings = repr(sorted({**asdict(config), "activations": kind}.items()))

    def choose() -> list[str]:
        with TemporaryDirectory() as folder:
            trials = _Trials(source, Path(folder), ranges, kind, context, config)
            return sorted(_nodes(trials.choose()))

    in_float = context.kept_choice(source, settings, choose)
    quantize_graph(source, target, ranges, kind, in_float=in_float)


class _Trials:
    """Networks with some layers in floats, each built once."""

    def __init__(
        self,
        source: Path,
        folder: Path,
        ranges: Ranges,
        kind: str,
        context: MixedContext,
        config: QuantizeMixedConfig,
    ) -> None:
        self._source, self._folder, self._ranges, self._kind = source, folder, ranges, kind
        self._context, self._config = context, config
        self._layers = layers_of(onnx.load(source).graph)
        self._built = lru_cache(maxsize=None)(self._build)
        self._likeness = lru_cache(maxsize=None)(self._measure)
        self._numbers: Iterator[int] = iter(range(1_000_000))

    def choose(self) -> Layers:
        """The layers that stay in floats."""
        everything = frozenset(self._layers)
        needed = for_accuracy(
            self._layers,
            lambda layer: self._likeness(everything - {layer}),
            self._likeness,
            lambda layers: self._time_ratio(layers, frozenset()),
            self._config.agreement,
            self._config.time_share,
        )
        return for_time(self._layers, needed, self._time_ratio)

    def _measure(self, in_float: Layers) -> Likeness:
        path = self._built(in_float)
        agreement, error = self._context.likeness(path, self._source, self._config.frames)
        return Likeness(agreement, -error)

    def _time_ratio(self, layers: Layers, others: Layers) -> float:
        return self._context.time_ratio(self._built(layers), self._built(others))

    def _build(self, in_float: Layers) -> Path:
        path = self._folder / f"{next(self._numbers)}.onnx"
        nodes = _nodes(in_float)
        quantize_graph(self._source, path, self._ranges, self._kind, in_float=nodes)
        return path


def _nodes(layers: Iterable[Layer]) -> list[str]:
    return [name for layer in layers for name in layer.nodes]
