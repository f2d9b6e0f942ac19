"""The ladder: the few points a device keeps resident, and which regime each is meant for."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from lamplighter_wire.messages import Limits, Rung
from lamplighter_wire.rules.limits import violations
from lamplighter_wire.rules.memory import agent_bytes

from lamplighter_controller.domain.devices import Demand, DeviceView
from lamplighter_controller.domain.operating_points import (
    EPSILON,
    Choice,
    in_regime,
)
from lamplighter_controller.domain.variants import SizedVariant


def build_ladder(
    view: DeviceView, limits: Limits, able: Sequence[Choice], primary: Choice
) -> tuple[Rung, ...]:
    """Primary first, then what helps most in the other regimes, within the device's memory.

    Greedy cover: the value of a ladder is the sum over regimes of its best rung's service,
    expected AP50 × share of the demand it can serve, or 1 less the expected error of counts.

    Args:
        able: all points that may run here, judged in the current regime.
    """
    pool = _pool(able, primary)
    chosen = _cover(view, limits, pool, primary)
    rungs = _assign(view, chosen, limits)
    if len(rungs) >= view.policy.ladder_rungs:
        return rungs
    spare = _spare(chosen, pool, limits, view.policy.spare_latency_share)
    return (*rungs, spare.rung()) if spare else rungs


def _cover(
    view: DeviceView, limits: Limits, pool: Sequence[Choice], primary: Choice
) -> list[Choice]:
    policy, demands = view.policy, {regime: view.demand(regime) for regime in view.regimes}
    serve = partial(_services, view, limits, demands)
    chosen = [_Candidate(primary, serve(primary))]
    # Where even its best accuracy gains too little over the worst that is served, it is no rung.
    gain = policy.least_gain(primary.for_counts)
    enough = min(chosen[0].services) + gain / len(demands) - EPSILON
    worthy = [c for c in pool if c.for_counts or _sized(c).best_ap50 >= enough]
    able = [_Candidate(c, serve(c)) for c in worthy]
    while len(chosen) < policy.ladder_rungs:
        extra = _best_addition(chosen, able, limits, gain)
        if extra is None:
            break
        chosen.append(extra)
    return [c.choice for c in chosen]


class _Candidate(NamedTuple):
    choice: Choice
    services: list[float]  # in each regime


def _pool(able: Sequence[Choice], primary: Choice) -> list[Choice]:
    """Every other built point that fits in memory alone."""
    others = (c for c in able if c.spec.built or c.spec.id == primary.spec.id)
    return [c for c in others if c.key != primary.key and "memory" not in c.broken]


def _sized(choice: Choice) -> SizedVariant:
    return choice.spec.at(choice.point.width, choice.point.height)


def _services(
    view: DeviceView, limits: Limits, demands: Mapping[str, Demand], choice: Choice
) -> list[float]:
    """Service in each regime. Only accuracy and demand differ: equal demands are judged once."""
    if choice.for_counts:
        judged = (in_regime(view, limits, choice, regime) for regime in demands)
        return [_service(view, limits, one) for one in judged]
    shares: dict[Demand, float] = {}
    services = []
    sized = _sized(choice)
    for regime, demand in demands.items():
        if demand not in shares:
            shares[demand] = _share(view, limits, choice, demand)
        ap50 = sized.ap50_in(regime) or 0.0
        services.append(ap50 * shares[demand])
    return services


def _share(view: DeviceView, limits: Limits, choice: Choice, demand: Demand) -> float:
    """Share of the demand, with room, that can be served within the limits."""
    if "memory" in choice.broken or 0 < limits.latency_p95_ms < choice.predicted.latency_p95_ms:
        return 0.0
    idle_w, slot_share = view.idle_w, view.slot_share
    has_room = choice.fps_limit >= demand.fps_room - EPSILON
    if has_room and not violations(choice.predicted, limits, demand.fps, idle_w, slot_share):
        return 1.0
    # Strictly below any feasible point of equal accuracy.
    return min(1.0, choice.fps_limit / max(demand.fps_room, 1e-6)) * 0.99


def _best_addition(
    chosen: list[_Candidate], pool: list[_Candidate], limits: Limits, least_gain: float
) -> _Candidate | None:
    """Most service gained over all regimes; then least energy."""
    keys = {c.choice.key for c in chosen}
    have = [max(services) for services in zip(*(c.services for c in chosen), strict=True)]
    best: tuple[float, float, str] | None = None
    winner = None
    for candidate in pool:
        gain = _gain(candidate.services, have)
        if gain < least_gain or (best is not None and gain < best[0]):
            continue
        choice = candidate.choice
        rank = (gain, -choice.energy_mj, choice.key)
        is_better = choice.key not in keys and (best is None or rank > best)
        if is_better and fits([*(c.choice for c in chosen), choice], limits):
            best, winner = rank, candidate
    return winner


def _gain(services: list[float], have: list[float]) -> float:
    """Service gained, summed over the regimes."""
    total = 0.0
    for service, so_far in zip(services, have, strict=True):
        if service > so_far:
            total += service - so_far
    return total


def fits(chosen: Iterable[Choice], limits: Limits) -> bool:
    """Whether all variants can be resident at once, each at its largest resolution."""
    if limits.memory_bytes <= 0:
        return True
    added: dict[str, int] = {}
    for c in chosen:
        need = _sized(c).memory_bytes
        added[c.spec.id] = max(added.get(c.spec.id, 0), need)
    return agent_bytes(added.values()) <= limits.memory_bytes


def _service(view: DeviceView, limits: Limits, choice: Choice) -> float:
    """Of a choice in the regime that it was judged in."""
    if choice.for_counts:
        return choice.worth * (1.0 if choice.has_room else 0.99) if choice.feasible else 0.0
    demand = Demand(choice.fps, choice.fps_room)
    return choice.ap50 * _share(view, limits, choice, demand)


def _pick_rung(view: DeviceView, limits: Limits, choices: Sequence[Choice]) -> Choice:
    """The rung for a regime: most service; of what is equal in that the least energy."""
    services = [_service(view, limits, choice) for choice in choices]
    enough = max(services) - view.policy.equal_worth(choices[0].for_counts)
    equal = [c for c, service in zip(choices, services, strict=True) if service >= enough]
    return min(equal, key=lambda c: (c.energy_compared, c.key))


def _assign(view: DeviceView, chosen: list[Choice], limits: Limits) -> tuple[Rung, ...]:
    """Each regime to its best rung; the current regime stays with the primary.

    Thresholds and figures of the other rungs are those of the first regime they are meant for.
    """
    regimes: dict[str, list[str]] = {c.key: [] for c in chosen}
    for regime in view.regimes:
        best = chosen[0]
        if regime != view.regime:
            judged = [in_regime(view, limits, c, regime) for c in chosen]
            best = _pick_rung(view, limits, judged)
        regimes[best.key].append(regime)
    return tuple(
        c.rung(regimes[c.key])
        if i == 0 or not regimes[c.key]
        else in_regime(view, limits, c, regimes[c.key][0]).rung(regimes[c.key])
        for i, c in enumerate(chosen)
    )


def _spare(
    chosen: Sequence[Choice], pool: Sequence[Choice], limits: Limits, latency_share: float
) -> Choice | None:
    """The most accurate point that is clearly faster than every rung: for demand not foreseen."""
    fastest = min(c.predicted.latency_p95_ms for c in chosen)
    keys = {c.key for c in chosen}
    faster = [c for c in pool if c.predicted.latency_p95_ms <= latency_share * fastest]
    faster.sort(key=lambda c: (c.worth, -c.energy_mj, c.key), reverse=True)
    others = (c for c in faster if c.key not in keys)
    return next((c for c in others if fits([*chosen, c], limits)), None)
