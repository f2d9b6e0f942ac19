"""Rounding whose steps are trained with the weights.

A step's gradient is that of Esser et al., Learned Step Size Quantization, ICLR 2020, scaled as
there. What is trained is its logarithm: optimisers like Adam move every number by as much, whatever
its size, and a step must stay above zero (Jain et al., Trained Quantization Thresholds, MLSys
2020).
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchao.quantization.pt2e import FakeQuantizeBase

from lamplighter_recipes.runtimes.calibration_rule import Range, range_of_extremes

ACTIVATION_LEVELS = 255
LEAST_STEP = 1e-6
# Shares of the step that holds the largest weight; the one with the least square error is first.
SHARES = torch.linspace(0.2, 1.0, 33)


class WeightStep(FakeQuantizeBase):
    """Weights as whole multiples, -largest to largest, of one step an output channel."""

    def __init__(self, quant_max: int, **_spec: Any) -> None:
        super().__init__()
        self.largest = quant_max
        self.log_step = nn.Parameter(torch.zeros(1))

    def start(self, weight: Tensor) -> None:
        """Begin with the steps that change these weights least."""
        flat = weight.detach().flatten(1)
        whole = flat.abs().amax(1, keepdim=True).clamp(min=LEAST_STEP) / self.largest
        errors = torch.stack([self._error(flat, share * whole) for share in SHARES])
        best = SHARES[errors.argmin(0)].unsqueeze(1) * whole
        self.log_step = nn.Parameter(best.squeeze(1).log())

    @property
    def step(self) -> Tensor:
        """Of each output channel."""
        return self.log_step.exp()

    def forward(self, weight: Tensor) -> Tensor:
        """The rounded weights."""
        share = (weight[0].numel() * self.largest) ** -0.5
        step = _scaled_gradient(self.step, share).view(-1, *[1] * (weight.dim() - 1))
        multiples = (weight.float() / step).clamp(-self.largest, self.largest)
        return _rounded(multiples) * step

    def snapped(self, weight: Tensor) -> Tensor:
        """The rounded weights, on steps of which every multiple is exact in 16 bits."""
        step = eight_bit_mantissa(self.step.detach()).view(-1, *[1] * (weight.dim() - 1))
        return (weight / step).round().clamp(-self.largest, self.largest) * step

    def calculate_qparams(self) -> tuple[Tensor, Tensor]:
        """Steps and zero points, as torchao asks for them."""
        return self.step, torch.zeros_like(self.step)

    def _error(self, flat: Tensor, step: Tensor) -> Tensor:
        rounded = (flat / step).round().clamp(-self.largest, self.largest) * step
        return (rounded - flat).square().sum(1)


class ActivationStep(FakeQuantizeBase):
    """What stands between layers as one of 256 values, from a range whose zero stays in place.

    First it only observes, until `start`.
    """

    zero: Tensor

    def __init__(self, **_spec: Any) -> None:
        super().__init__()
        self.log_step = nn.Parameter(torch.zeros(1))
        self.register_buffer("zero", torch.zeros(1))
        self.extremes: list[Range] | None = []

    def start(self) -> None:
        """Begin with the range that calibration would have set."""
        low, high = range_of_extremes(np.array(self.extremes))
        low, high = min(low, 0.0), max(high, low + LEAST_STEP, LEAST_STEP)
        step = (high - low) / ACTIVATION_LEVELS
        self.log_step = nn.Parameter(torch.tensor([step]).log())
        self.zero.fill_(round(-low / step))
        self.extremes = None

    @property
    def range(self) -> Range:
        """The lowest and the highest of the values."""
        step, zero = float(self.log_step.exp()), float(self.zero)
        return -zero * step, (ACTIVATION_LEVELS - zero) * step

    def forward(self, values: Tensor) -> Tensor:
        """The rounded values."""
        if self.extremes is not None:
            flat = values.detach().flatten(1).float()
            self.extremes += zip(flat.amin(1).tolist(), flat.amax(1).tolist(), strict=True)
            return values
        share = (values[0].numel() * ACTIVATION_LEVELS) ** -0.5
        rounded: Tensor = torch._fake_quantize_learnable_per_tensor_affine(  # noqa: SLF001
            values.float(), self.log_step.exp(), self.zero, 0, ACTIVATION_LEVELS, share
        )
        return rounded

    def calculate_qparams(self) -> tuple[Tensor, Tensor]:
        """Step and zero point, as torchao asks for them."""
        return self.log_step.exp(), self.zero


def eight_bit_mantissa(values: Tensor) -> Tensor:
    """Positive numbers rounded so that small multiples of them are exact in half precision."""
    mantissa, exponent = torch.frexp(values)
    return torch.ldexp((mantissa * 256).round() / 256, exponent)


def _rounded(values: Tensor) -> Tensor:
    """Whole numbers, with the gradient of the numbers themselves."""
    return values + (values.round() - values).detach()


def _scaled_gradient(values: Tensor, share: float) -> Tensor:
    """The values, whose gradient is so much less."""
    return values * share + (values * (1 - share)).detach()
