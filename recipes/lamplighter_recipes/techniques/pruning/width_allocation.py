"""How many channels each group keeps: evenly, or where they are worth most per millisecond.

The latter is a knapsack, as in HALP (Shen et al., Structural Pruning via Latency-Saliency Knapsack,
NeurIPS 2022): channels go eight at a time, the least salient of a group first, and what a group's
channels cost depends on the widths around it. So the knapsack is filled in rounds, each with the
costs at the widths that the one before has left.
"""

from collections.abc import Mapping, Sequence

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.techniques.pruning.cost_model import CostModel, Widths
from lamplighter_recipes.techniques.pruning.knapsack import Option, cheapest_saving

# Share of the latency that one round takes: costs are true for small changes.
ROUND_SHARE = 0.1
UNIFORM_STEPS = 200

Saliency = Mapping[int, Sequence[float]]
"""Number of a group -> what is lost with each of its channels."""


def latency_aware_widths(
    cost: CostModel, saliency: Saliency, target_ms: float, round_to: int
) -> dict[int, int]:
    """Widths that are predicted to take at most `target_ms` and lose the least saliency.

    Raises:
        RecipeError: when no widths are that fast.
    """
    loss_of = {group: _losses(values) for group, values in saliency.items()}
    widths = {group: len(values) for group, values in saliency.items()}
    latency = cost.latency_ms(widths)
    while latency > target_ms:
        need = latency - max(target_ms, latency * (1 - ROUND_SHARE))
        smaller = _fill(cost, loss_of, widths, need, round_to)
        if smaller == widths:
            raise _too_fast(target_ms, latency)
        widths, latency = smaller, cost.latency_ms(smaller)
    return widths


def uniform_widths(
    cost: CostModel, channels: Widths, target_ms: float, round_to: int
) -> dict[int, int]:
    """The widest of even widths that are predicted to take at most `target_ms`.

    Raises:
        RecipeError: when no widths are that fast.
    """
    for step in range(UNIFORM_STEPS, -1, -1):
        share = step / UNIFORM_STEPS
        widths = {group: _rounded(share * n, n, round_to) for group, n in channels.items()}
        if cost.latency_ms(widths) <= target_ms:
            return widths
    raise _too_fast(target_ms, cost.latency_ms(widths))


def saliency_kept(saliency: Saliency, widths: Widths) -> float:
    """What is left when each group keeps its most salient channels."""
    return sum(
        sum(sorted(values, reverse=True)[: widths[group]]) for group, values in saliency.items()
    )


def _fill(
    cost: CostModel,
    loss_of: Mapping[int, Sequence[float]],
    widths: Widths,
    need: float,
    round_to: int,
) -> dict[int, int]:
    """Widths after one round: those of the knapsack, or the narrowest where they do not do."""
    groups = sorted(widths)
    choices = {group: _choices(widths[group], round_to) for group in groups}
    latency = cost.latency_ms(widths)
    options = [
        [
            Option(
                max(0.0, latency - cost.latency_ms({**widths, group: width})),
                loss_of[group][width] - loss_of[group][widths[group]],
            )
            for width in choices[group]
        ]
        for group in groups
    ]
    chosen = cheapest_saving(options, need)
    if chosen is None:
        return {group: choices[group][-1] for group in groups}
    return {group: choices[group][i] for group, i in zip(groups, chosen, strict=True)}


def _losses(saliency: Sequence[float]) -> list[float]:
    """Index: channels that stay; what is lost with the others, the least salient ones."""
    lost = [0.0]
    for value in sorted(saliency):
        lost.append(lost[-1] + value)
    return lost[::-1]


def _choices(width: int, round_to: int) -> list[int]:
    """The present width, then every narrower one that is a multiple."""
    return [width, *range((width - 1) // round_to * round_to, 0, -round_to)]


def _rounded(wanted: float, channels: int, round_to: int) -> int:
    """The nearest multiple, at least one of them where there are that many channels."""
    return min(channels, max(round_to, round(wanted / round_to) * round_to))


def _too_fast(target_ms: float, least_ms: float) -> RecipeError:
    return RecipeError(
        f"the narrowest network is predicted to take {least_ms:.3g} ms, {target_ms:.3g} were asked",
        key="latency",
        remedy="ask for less, make round_to smaller, or take out whole blocks first",
    )
