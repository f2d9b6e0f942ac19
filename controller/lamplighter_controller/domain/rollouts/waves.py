"""Which device comes in which wave. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from math import ceil

import msgspec

from lamplighter_controller.domain.rollouts.rollout import (
    RolloutPlan,
    Target,
    WaveKind,
    WaveOrder,
)


def in_waves(plan: RolloutPlan, targets: Sequence[Target]) -> list[Target]:
    """Canaries of every hardware class and regime first, then waves that grow as planned, in the
    plan's order. Where that leaves a choice sites take turns, so that no street changes as a whole.
    """
    canaries = _canaries(plan, targets)
    chosen = {target.device for target in canaries}
    rest = _in_order(plan, [target for target in targets if target.device not in chosen])
    placed = [msgspec.structs.replace(target, wave=0) for target in canaries]
    begin = 0
    for number, size in enumerate(_sizes(plan, len(rest), len(targets)), start=1):
        wave = rest[begin : begin + size]
        placed += [msgspec.structs.replace(target, wave=number) for target in wave]
        begin += size
    return [msgspec.structs.replace(one, place=place) for place, one in enumerate(placed)]


def _canaries(plan: RolloutPlan, targets: Sequence[Target]) -> list[Target]:
    """The first of each class by id, then of each regime that is missing: the same ones whenever
    it is asked. Who is offline would say nothing for long, and comes only if no other is there."""
    by_class: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        by_class[target.hardware].append(target)
    canaries = [
        target
        for name in sorted(by_class)
        for target in _online_first(by_class[name])[: plan.canaries_per_class]
    ]
    return canaries + _of_missing_regimes(canaries, targets) if canaries else []


def _of_missing_regimes(canaries: Sequence[Target], targets: Sequence[Target]) -> list[Target]:
    """A network may be bad at night only, and all canaries stand in the light."""
    seen = {target.regime for target in canaries}
    first: dict[str, Target] = {}
    for target in _online_first(targets):
        if target.regime and target.regime not in seen:
            first.setdefault(target.regime, target)
    return [first[regime] for regime in sorted(first)]


def _online_first(targets: Sequence[Target]) -> list[Target]:
    return sorted(_taking_turns(targets), key=lambda target: not target.was_online)


def _in_order(plan: RolloutPlan, targets: Sequence[Target]) -> list[Target]:
    turns = _taking_turns(targets)
    if plan.order is WaveOrder.SITES:
        return sorted(turns, key=lambda target: target.site)
    if plan.order is WaveOrder.LABEL:
        return sorted(turns, key=lambda target: _rank(target.rank))
    return turns


def _rank(value: str) -> tuple[int, float, str]:
    """Numbers by their size, then words, then those without a value."""
    if not value:
        return (2, 0.0, "")
    return (0, int(value), "") if value.isdecimal() else (1, 0.0, value)


def _taking_turns(targets: Sequence[Target]) -> list[Target]:
    """One of each site, then the second of each, and so on."""
    seen: dict[str, int] = defaultdict(int)
    ranked = []
    for target in sorted(targets, key=lambda target: target.device):
        ranked.append((seen[target.site], target.site, target.device, target))
        seen[target.site] += 1
    return [target for *_, target in sorted(ranked, key=lambda rank: rank[:3])]


def _sizes(plan: RolloutPlan, left: int, total: int) -> list[int]:
    """Sizes of the waves behind the canaries; each has one device at least."""
    sizes: list[int] = []
    size = plan.first * total / 100 if plan.waves is WaveKind.PERCENT else plan.first
    while left > 0:
        taken = min(left, max(1, ceil(size)))
        sizes.append(taken)
        left -= taken
        if plan.waves is WaveKind.EXPONENTIAL:
            size *= max(1.0, plan.factor)
    return sizes
