"""Predicted milliseconds of a network by the widths of its layers, on one device.

Channels that additions and concatenations bind together form a group and go together. A layer's
time is its multiply-accumulates at the rate of its kind and the bytes it moves at the rate of the
memory, as a device's probe measured them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lamplighter_recipes.preparing.layer_rates import LayerRates

Widths = Mapping[int, int]
"""Number of a group -> channels."""


@dataclass(frozen=True)
class Layer:
    """One convolution at one input size.

    Attributes:
        kernel: weights per pair of channels.
        pixels_in, pixels_out: height times width.
        inputs, outputs: channels that no group holds, such as those of the picture.
        input_groups, output_groups: group -> how many of the layer's channels one of its holds.
    """

    name: str
    kernel: int
    pixels_in: int
    pixels_out: int
    depthwise: bool = False
    inputs: int = 0
    outputs: int = 0
    input_groups: Mapping[int, int] = field(default_factory=dict)
    output_groups: Mapping[int, int] = field(default_factory=dict)

    def mmac(self, widths: Widths) -> float:
        """Million multiply-accumulates."""
        joined = 1 if self.depthwise else self._inputs(widths)
        return joined * self._outputs(widths) * self.kernel * self.pixels_out / 1e6

    def values(self, widths: Widths) -> int:
        """Weights and activations that are read or written."""
        inputs, outputs = self._inputs(widths), self._outputs(widths)
        weights = self.kernel * outputs * (1 if self.depthwise else inputs)
        return weights + inputs * self.pixels_in + outputs * self.pixels_out

    def _inputs(self, widths: Widths) -> int:
        return self.inputs + sum(n * widths[group] for group, n in self.input_groups.items())

    def _outputs(self, widths: Widths) -> int:
        return self.outputs + sum(n * widths[group] for group, n in self.output_groups.items())


@dataclass(frozen=True)
class CostModel:
    """A network's convolutions, and what they cost on a device."""

    layers: tuple[Layer, ...]
    rates: LayerRates

    def latency_ms(self, widths: Widths) -> float:
        """Of all convolutions, one after the other; what is around them is not counted."""
        return sum(self._layer_ms(layer, widths) for layer in self.layers)

    def _layer_ms(self, layer: Layer, widths: Widths) -> float:
        rates = self.rates
        per_mmac = rates.depthwise_ms_per_mmac if layer.depthwise else rates.dense_ms_per_mmac
        megabytes = rates.value_bytes * layer.values(widths) / 1e6
        return per_mmac * layer.mmac(widths) + rates.ms_per_mb * megabytes
