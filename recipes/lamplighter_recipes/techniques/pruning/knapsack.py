"""Choose one option of each item so that together they save enough and lose as little as can be.

The multiple-choice knapsack (Kellerer et al., Knapsack Problems, 2004), by dynamic programming over
what is saved, in steps of which the need has `STEPS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEPS = 500


@dataclass(frozen=True)
class Option:
    """What taking it saves and loses, both at least 0."""

    saved: float
    lost: float


def cheapest_saving(items: Sequence[Sequence[Option]], need: float) -> list[int] | None:
    """Index of the chosen option of each item; None: all together cannot save that much.

    Savings are rounded down to a step, so that what is chosen saves at least `need`.
    """
    step = need / STEPS
    losses = np.full(STEPS + 1, np.inf)  # the least, by how many steps are saved at least
    losses[0] = 0.0
    choices: list[NDArray[np.int64]] = []
    for options in items:
        table = np.stack([_after(losses, _steps(o, step)) + o.lost for o in options])
        choices.append(table.argmin(0))
        losses = table.min(0)
    return _walk_back(items, choices, step) if np.isfinite(losses[STEPS]) else None


def _after(losses: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """The losses when `steps` more are saved."""
    return np.concatenate([np.full(steps, losses[0]), losses[: len(losses) - steps]])


def _steps(option: Option, step: float) -> int:
    return min(STEPS, int(option.saved / step))


def _walk_back(
    items: Sequence[Sequence[Option]], choices: Sequence[NDArray[np.int64]], step: float
) -> list[int]:
    left, indices = STEPS, []
    for options, chosen in zip(reversed(items), reversed(choices), strict=True):
        index = int(chosen[left])
        left = max(0, left - _steps(options[index], step))
        indices.append(index)
    return indices[::-1]
