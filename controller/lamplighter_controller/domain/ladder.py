"""The ladder: the few points a device keeps resident, and which regime each is meant for."""

from collections.abc import Iterable, Sequence

from lamplighter_wire.messages import Limits, Rung
from lamplighter_wire.rules.memory import agent_bytes, variant_bytes
from lamplighter_wire.rules.regimes import REGIMES

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective, limits_for
from lamplighter_controller.domain.operating_points import EQUAL_AP50, Choice, assess, obstacle
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec

MAX_RUNGS = 3
# A further rung must be worth a point of AP50 in some regime's service.
MIN_RUNG_GAIN = 0.01
# A spare to step down to in a breach is at least this much faster than every other rung.
SPARE_SPEEDUP = 0.7


def build_ladder(
    view: DeviceView,
    objective: Objective,
    catalogue: Sequence[VariantSpec],
    predictor: Predictor,
    primary: Choice,
) -> tuple[Rung, ...]:
    """Primary first, then what helps most in the other regimes, within the device's memory.

    Greedy cover: the value of a ladder is the sum over regimes of its best rung's service,
    expected AP50 × share of the demand it can serve.
    """
    limits = limits_for(objective, view.capabilities)
    pool = _pool(view, limits, catalogue, predictor, primary)
    table = {
        (c.key, regime): _in_regime(view, limits, c, predictor, regime)
        for c in pool
        for regime in REGIMES
    }
    chosen = [primary]
    while len(chosen) < MAX_RUNGS:
        extra = _best_addition(chosen, pool, table, limits)
        if extra is None:
            break
        chosen.append(extra)
    rungs = _assign(view, chosen, table, limits)
    spare = _spare(chosen, pool, limits)
    return (*rungs, spare.rung()) if spare and len(rungs) < MAX_RUNGS else rungs


def _pool(
    view: DeviceView,
    limits: Limits,
    catalogue: Sequence[VariantSpec],
    predictor: Predictor,
    primary: Choice,
) -> list[Choice]:
    """The primary and every built point that may run here and fits in memory alone."""
    others = [
        assess(view, limits, spec, width, height, predictor)
        for spec in sorted(catalogue, key=lambda s: s.id)
        if spec.built or spec.id == primary.spec.id
        for width, height in spec.resolutions
        if not obstacle(view, spec, width, height)
    ]
    return [primary, *(c for c in others if c.key != primary.key and "memory" not in c.broken)]


def _in_regime(
    view: DeviceView, limits: Limits, choice: Choice, predictor: Predictor, regime: str
) -> Choice:
    return assess(
        view, limits, choice.spec, choice.point.width, choice.point.height, predictor, regime
    )


def _service(choice: Choice, limits: Limits) -> float:
    """Expected AP50 × share of the demand, with room, that can be served within the limits."""
    if choice.feasible and choice.has_room:
        return choice.ap50
    if "memory" in choice.broken or 0 < limits.latency_p95_ms < choice.predicted.latency_p95_ms:
        return 0.0
    # Strictly below any feasible point of equal accuracy.
    return choice.ap50 * min(1.0, choice.fps_limit / max(choice.fps_room, 1e-6)) * 0.99


def _best_addition(
    chosen: list[Choice],
    pool: list[Choice],
    table: dict[tuple[str, str], Choice],
    limits: Limits,
) -> Choice | None:
    keys = {c.key for c in chosen}
    best: tuple[float, float, str] | None = None
    winner = None
    for candidate in pool:
        if candidate.key in keys or not fits([*chosen, candidate], limits):
            continue
        gain = _gain(chosen, candidate, table, limits)
        rank = (gain, -candidate.energy_mj, candidate.key)
        if gain >= MIN_RUNG_GAIN and (best is None or rank > best):
            best, winner = rank, candidate
    return winner


def _gain(
    chosen: list[Choice],
    candidate: Choice,
    table: dict[tuple[str, str], Choice],
    limits: Limits,
) -> float:
    """Service gained, summed over the regimes."""
    total = 0.0
    for regime in REGIMES:
        have = max(_service(table[c.key, regime], limits) for c in chosen)
        total += max(0.0, _service(table[candidate.key, regime], limits) - have)
    return total


def fits(chosen: Iterable[Choice], limits: Limits) -> bool:
    """Whether all variants can be resident at once, each at its largest resolution."""
    if limits.memory_bytes <= 0:
        return True
    added: dict[str, int] = {}
    for c in chosen:
        need = variant_bytes(c.spec, c.point.width, c.point.height)
        added[c.spec.id] = max(added.get(c.spec.id, 0), need)
    return agent_bytes(added.values()) <= limits.memory_bytes


def pick_rung(choices: Sequence[Choice], limits: Limits) -> Choice:
    """The rung for a regime: most service, within half a point the least energy."""
    top = max(_service(c, limits) for c in choices)
    equal = [c for c in choices if _service(c, limits) >= top - EQUAL_AP50]
    return min(equal, key=lambda c: (c.energy_mj, c.key))


def _assign(
    view: DeviceView,
    chosen: list[Choice],
    table: dict[tuple[str, str], Choice],
    limits: Limits,
) -> tuple[Rung, ...]:
    """Each regime to its best rung; the current regime stays with the primary.

    Thresholds and figures of the other rungs are those of the first regime they are meant for.
    """
    regimes: dict[str, list[str]] = {c.key: [] for c in chosen}
    for regime in REGIMES:
        best = chosen[0]
        if regime != view.regime:
            best = pick_rung([table[c.key, regime] for c in chosen], limits)
        regimes[best.key].append(regime)
    return tuple(
        c.rung(regimes[c.key])
        if i == 0 or not regimes[c.key]
        else table[c.key, regimes[c.key][0]].rung(regimes[c.key])
        for i, c in enumerate(chosen)
    )


def _spare(chosen: list[Choice], pool: list[Choice], limits: Limits) -> Choice | None:
    """The most accurate point that is clearly faster than every rung: for demand not foreseen."""
    fastest = min(c.predicted.latency_p95_ms for c in chosen)
    keys = {c.key for c in chosen}
    faster = [
        c
        for c in pool
        if c.key not in keys
        and c.predicted.latency_p95_ms <= SPARE_SPEEDUP * fastest
        and fits([*chosen, c], limits)
    ]
    return max(faster, key=lambda c: (c.ap50, -c.energy_mj, c.key)) if faster else None
