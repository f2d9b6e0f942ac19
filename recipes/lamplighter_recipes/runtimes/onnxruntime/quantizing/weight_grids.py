"""Weights that are whole multiples of a step already, as training under rounding leaves them.

Quantizing to 8 bits by their extremes would round them once more, and spread the few values of a
4-bit layer over all that 8 bits hold. On their own steps they stay exact, and travel in 4 bits.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray

from lamplighter_recipes.runtimes.onnxruntime.graph import constants, replace_constant

QUANTIZED, SCALE = "_quantized", "_scale"  # how onnxruntime names what it makes of a constant
MOST_MULTIPLES = 31  # 6 bits: with more, anything is nearly on some grid
TOLERANCE = 1e-3  # of a step
SAMPLE = 48  # weights of a channel that show that it is on none


class Grid(NamedTuple):
    """Weights as `multiples` [out, ...] of the `steps` [out] of their output channels."""

    multiples: NDArray[np.int8]
    steps: NDArray[np.float32]


def grid_of(weights: NDArray[np.float32]) -> Grid | None:
    """The coarsest grid that holds all weights [out, ...] exactly; None: there is none."""
    flat = weights.reshape(len(weights), -1)
    if _steps(flat[:, :SAMPLE], np.abs(flat).max(axis=1)) is None:
        return None
    steps = _steps(flat, np.abs(flat).max(axis=1))
    if steps is None:
        return None
    multiples = np.rint(flat / steps[:, None]).astype(np.int8)
    return Grid(multiples.reshape(weights.shape), steps)


def keep_grids(model: onnx.ModelProto, grids: Mapping[str, Grid]) -> None:
    """Let a quantized graph hold these weights, by their float names, on their own steps."""
    values = constants(model.graph)
    for name, grid in grids.items():
        steps = values.get(name + SCALE)
        if steps is not None and steps.shape == grid.steps.shape:
            replace_constant(model.graph, name + QUANTIZED, grid.multiples)
            replace_constant(model.graph, name + SCALE, grid.steps)


def _steps(flat: NDArray[np.float32], largest: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Of each channel the largest step with whole multiples; None where a channel has none."""
    steps = np.ones(len(flat), np.float32)
    open_channels = np.flatnonzero(largest)
    for count in range(1, MOST_MULTIPLES + 1):
        step = largest[open_channels] / count
        multiples = flat[open_channels] / step[:, None]
        whole = (np.abs(multiples - np.rint(multiples)) < TOLERANCE).all(axis=1)
        steps[open_channels[whole]] = step[whole]
        open_channels = open_channels[~whole]
        if not len(open_channels):
            return steps
    return None
