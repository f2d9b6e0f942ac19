"""Lines through what cameras have shown: of one figure over another, with an offset for each
regime."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from lamplighter_wire.street.camera_figures import AccuracyFit
from lamplighter_wire.street.height_curves import Floats

# Keeps weights small where figures hardly differ.
RIDGE = 1e-4
DIGITS = 5


class Shown(NamedTuple):
    """What one camera has shown in one regime: a figure, and what is true there (AP50, or an error
    of counts, 0 to 1). It counts by its objects."""

    camera: str
    regime: str
    figure: float
    true: float
    objects: int


def line_through(rows: Sequence[Shown]) -> AccuracyFit:
    """By least squares; nothing of no rows."""
    if not rows:
        return AccuracyFit()
    regimes = sorted({row.regime for row in rows})
    inputs = np.array([_inputs(row, regimes) for row in rows])
    weights = np.sqrt([row.objects for row in rows])
    base, slope, *offsets = _solved(inputs, np.array([row.true for row in rows]), weights)
    return AccuracyFit(
        slope=round(slope, DIGITS),
        base=round(base, DIGITS),
        regimes={name: round(one, DIGITS) for name, one in zip(regimes, offsets, strict=True)},
        cameras=len({row.camera for row in rows}),
    )


def spread_line(rows: Sequence[Shown]) -> AccuracyFit:
    """Through all rows; its spread is that of lines through all other cameras, before each."""
    errors = []
    for camera in sorted({row.camera for row in rows}):
        line = line_through([row for row in rows if row.camera != camera])
        own = [row for row in rows if row.camera == camera]
        errors += [line.at(row.figure, row.regime) - row.true for row in own]
    spread = float(np.sqrt(np.mean(np.square(errors)))) if errors else 0.0
    return msgspec.structs.replace(line_through(rows), spread=round(spread, DIGITS))


def _inputs(row: Shown, regimes: Sequence[str]) -> tuple[float, ...]:
    return (1.0, row.figure, *(float(row.regime == name) for name in regimes))


def _solved(inputs: Floats, wanted: Floats, weights: Floats) -> list[float]:
    """With a penalty on all but the first: offsets of regimes are around nothing."""
    left, right = inputs * weights[:, None], wanted * weights
    penalty = RIDGE * float(np.square(weights).sum()) * np.eye(inputs.shape[1])
    penalty[0, 0] = 0.0
    solved: list[float] = np.linalg.solve(left.T @ left + penalty, left.T @ right).tolist()
    return solved
