"""Which layers stay in floating point, from measurements of networks in which some do. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

LEAST_GAIN = 0.03  # of the time: less is inside the noise of measuring
SMALLEST_SHARE = 8  # groups down to this part of all layers are tried in floating point

Layer = TypeVar("Layer")


class Likeness(NamedTuple):
    """How alike a network's answers are to the float parent's; larger is better.

    Attributes:
        agreement: of the answers, as the task has it, 0 to 1.
        fidelity: minus the relative error of the outputs, which tells apart what agrees equally.
    """

    agreement: float
    fidelity: float


def for_accuracy(
    layers: Sequence[Layer],
    alone: Callable[[Layer], Likeness],
    together: Callable[[frozenset[Layer]], Likeness],
    slowdown: Callable[[frozenset[Layer]], float],
    agreement: float,
    time_share: float,
) -> frozenset[Layer]:
    """The layers that must stay in floats for the network to agree with its parent.

    Args:
        layers: all there are.
        alone: likeness of the network with this layer alone in 8 bits.
        together: likeness with these layers in floats and all others in 8 bits.
        slowdown: time of that over the time with all layers in 8 bits.
        agreement: what is enough.
        time_share: what the layers in floats may cost, in shares of the time.
    """
    chosen: frozenset[Layer] = frozenset()
    reached = together(chosen)
    if reached.agreement >= agreement:
        return chosen  # no layer has to be measured alone
    for layer in sorted(layers, key=alone):
        if reached.agreement >= agreement:
            break
        trial = chosen | {layer}
        likeness = together(trial)
        if likeness > reached and slowdown(trial) <= 1 + time_share:
            chosen, reached = trial, likeness
    return chosen


def for_time(
    layers: Sequence[Layer],
    chosen: frozenset[Layer],
    time_ratio: Callable[[frozenset[Layer], frozenset[Layer]], float],
) -> frozenset[Layer]:
    """`chosen`, and those layers in floats with which the network is quicker.

    All layers are tried first, then halves and so on, each the other way than it is: what comes out
    is slower neither than all in floats nor than `chosen`.

    Args:
        layers: all there are, in order.
        chosen: those that stay in floats in any case.
        time_ratio: time of one choice over that of another.
    """
    groups = [[layer for layer in layers if layer not in chosen]]
    least = max(1, len(layers) // SMALLEST_SHARE)
    current = chosen
    while groups:
        halves = []
        for group in groups:
            trial = current ^ frozenset(group)
            if time_ratio(trial, current) < 1 - LEAST_GAIN:
                current = trial
            if len(group) > least:
                middle = len(group) // 2
                halves += [group[:middle], group[middle:]]
        groups = halves
    return current
