"""Choosing an operating point for a device, with the reasons and what was turned down.

The rule: drop what misses a hard limit at the demanded frame rate, needs, runtime or memory; of the
rest prefer what keeps its limits at a somewhat higher demand as well. Among these take the most
accurate in the current regime, and within half a point of it the one that costs least energy. When
nothing keeps up with the demand, the frame rate is capped to what the limits allow; a hard limit is
never broken on purpose.

Where counts are the objective, each point is taken at the frame rate that is worth it, and the
point with the least expected error of counts; within a point of it, the least energy of a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import NamedTuple

from lamplighter_wire.messages import Limits, Prediction, Rung
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.statistics import share_text
from lamplighter_wire.street.count_error import LEAST_COUNTING_FPS
from lamplighter_wire.words.accuracy import MEASURED_ON

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.ladder import build_ladder
from lamplighter_controller.domain.objectives import Objective, limits_for, point_limits
from lamplighter_controller.domain.operating_points import (
    EPSILON,
    Alternative,
    Choice,
    best_capped,
    best_feasible,
    best_mend,
    candidates,
)
from lamplighter_controller.domain.policy.policy import DEFAULTS, Policy
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.domain.variants import VariantSpec

# A build that takes no longer is waited for: another variant would still be on trial by then.
QUICK_BUILD_S = 5.0
# Kept of the points that were considered and not chosen.
MAX_ALTERNATIVES = 24


class _Words(NamedTuple):
    worse: str
    equal: str


# Whether counts are the objective -> how points compare.
WORDS = {
    False: _Words("less accurate", "equally accurate"),
    True: _Words("further off in counts", "counts as well"),
}


@dataclass(frozen=True)
class Plan:
    """Chosen operating point, resident ladder, reasons and alternatives.

    Attributes:
        primary: None when nothing may be served here; `reasons` then say what is missing.
        ladder: resident rungs, primary included; empty `regimes` is a spare to step down to.
        build: variants to build before the primary can be served.
        interim: best point of a built variant, to be served while `build` runs, if it takes long.
        degraded: the demand cannot be met; `primary.point.fps` caps the frame rate.
    """

    device: str
    regime: str
    fps_demand: float
    limits: Limits
    primary: Choice | None = None
    ladder: tuple[Rung, ...] = ()
    reasons: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    build: tuple[str, ...] = ()
    interim: Choice | None = None
    degraded: bool = False


def choose(
    view: DeviceView,
    objective: Objective,
    catalogue: Sequence[VariantSpec],
    predictor: Predictor,
    *,
    mends: bool = False,
) -> Plan:
    """The plan for a device in its current regime.

    `mends`: what serves breaks a limit, so much accuracy is not given up for a little room.
    """
    ordered = limits_for(objective, view.capabilities)
    limits = point_limits(objective, view.capabilities)
    able, out = candidates(view, objective, catalogue, predictor)
    nothing = Plan(view.id, view.regime, view.current_demand.fps, ordered, degraded=True)
    primary = _primary(able, limits, view.policy, mends)
    if primary is None:
        why = _why_nothing(able, out)
        return replace(
            nothing, reasons=(why,), alternatives=_alternatives(view.policy, able, None, out)
        )
    degraded = _is_degraded(view, primary)
    return replace(
        nothing,
        primary=primary,
        ladder=build_ladder(view, limits, able, primary),
        reasons=tuple(_reasons(view, primary, able, degraded)),
        alternatives=_alternatives(view.policy, able, primary, out),
        build=() if primary.spec.built else (primary.spec.id,),
        interim=_interim(able, primary, view.policy),
        degraded=degraded,
    )


def _is_degraded(view: DeviceView, primary: Choice) -> bool:
    """Whether fewer frames are served than are worth it."""
    if not primary.for_counts:
        return primary.point.fps > 0
    least = LEAST_COUNTING_FPS * len(stream_ids(view.capabilities))
    return primary.point.fps < min(least, view.current_demand.fps) - EPSILON


def _primary(able: list[Choice], limits: Limits, policy: Policy, mends: bool) -> Choice | None:
    primary = best_feasible(able, policy)
    if primary is None:
        return best_capped(able, limits, policy)
    return best_mend(primary, able, limits, policy) if mends else primary


def _interim(able: list[Choice], primary: Choice, policy: Policy) -> Choice | None:
    """What serves while the primary is built, if that takes long."""
    quick = 0 < primary.spec.build_seconds <= QUICK_BUILD_S
    if primary.spec.built or quick:
        return None
    return best_feasible((c for c in able if c.spec.built), policy)


def trades(incumbent: Prediction, candidate: Prediction, policy: Policy = DEFAULTS) -> list[str]:
    """What a candidate buys over the incumbent: for `Desired.trades`."""
    known = candidate.count_error_basis and incumbent.count_error_basis
    fewer = incumbent.count_error - candidate.count_error
    gains = {
        "accuracy": candidate.expected_ap50 > incumbent.expected_ap50 + policy.equal_accuracy,
        "counts": bool(known) and fewer > policy.equal_counts,
        "latency": candidate.latency_p95_ms < incumbent.latency_p95_ms,
        "energy": candidate.energy_mj_per_frame < incumbent.energy_mj_per_frame,
        "memory": candidate.memory_bytes < incumbent.memory_bytes,
    }
    return [name for name, better in gains.items() if better]


def _why_nothing(able: list[Choice], out: list[Alternative]) -> str:
    if able:
        nearest = min(able, key=_worst)
        return f"nothing fits; nearest is {nearest.key}, which {_over(nearest)}"
    if out:
        return f"nothing can run here: {out[0].spec.id}: {out[0].rejected_because}"
    return "the catalogue is empty"


def _over(choice: Choice) -> str:
    return "breaks " + ", ".join(
        f"{k} by {share_text(v)}" for k, v in sorted(choice.broken.items())
    )


def _alternatives(
    policy: Policy, able: list[Choice], primary: Choice | None, out: list[Alternative]
) -> tuple[Alternative, ...]:
    """Those of the others that are nearest to being chosen, then what may not run here."""
    rest = (c for c in able if primary is None or c.key != primary.key)
    nearest = nsmallest(MAX_ALTERNATIVES, rest, key=_distance)
    turned_down = [
        Alternative(
            c.spec,
            size_key(c.point.width, c.point.height),
            c.predicted,
            _why_not(c, primary, policy),
        )
        for c in nearest
    ]
    return tuple([*turned_down, *out][:MAX_ALTERNATIVES])


def _distance(choice: Choice) -> tuple[float, float, float]:
    """How far a point is from being chosen: what it breaks, then its worth, then energy."""
    return _worst(choice), -choice.worth, choice.energy_compared


def _worst(choice: Choice) -> float:
    return max(choice.broken.values()) if choice.broken else 0.0


def _why_not(choice: Choice, primary: Choice | None, policy: Policy) -> str:
    if choice.broken or primary is None:
        return _over(choice) + f" at {choice.fps:.1f} frames/s"
    if primary.has_room and not choice.has_room:
        return f"keeps its limits only up to {choice.fps_limit:.1f} frames/s"
    less, words = primary.worth - choice.worth, WORDS[primary.for_counts]
    if less > policy.equal_worth(primary.for_counts):
        return f"{100 * less:.1f} points {words.worse}"
    more = choice.energy_compared - primary.energy_compared
    if more > 0:
        return f"{words.equal}, {share_text(more / primary.energy_compared)} more energy"
    return "equal in every figure that counts"


def _reasons(view: DeviceView, primary: Choice, able: list[Choice], degraded: bool) -> list[str]:
    feasible = [c for c in able if c.feasible]
    predicted, metric, equal = primary.predicted, view.task.metric, _equal_points(view, primary)
    reasons = [
        f"regime {view.regime}, {_demand(view)}",
        f"{len(feasible)} of {len(able)} points keep every limit",
        f"{primary.key}: {metric} {primary.ap50:.3f} expected{_basis(predicted)}, "
        f"p95 {predicted.latency_p95_ms:.0f} ms, "
        f"{predicted.energy_mj_per_frame:.0f} mJ/frame predicted "
        f"(±{share_text(predicted.latency_rel_error)})",
    ]
    pool = [c for c in feasible if c.has_room or not primary.has_room]
    best = max((c.worth for c in pool), default=primary.worth)
    if best > primary.worth + EPSILON:
        least = f"least error ({share_text(1 - best)})"
        most = least if primary.for_counts else f"most accurate ({best:.3f})"
        reasons.append(f"within {equal:g} points of the {most}, at least energy")
    if primary.for_counts:
        reasons.append(_counts(primary, view.current_demand.fps))
    if degraded:
        why = "what keeps up costs too much accuracy" if feasible else "the demand cannot be met"
        why = "the limits allow no more" if primary.for_counts else why
        reasons.append(f"{why}: capped at {primary.point.fps:.1f} frames/s")
    else:
        only = "" if primary.has_room else f" only, of {primary.fps_room:.1f} wanted"
        reasons.append(f"keeps its limits up to {primary.fps_limit:.1f} frames/s{only}")
    bound = _bound_by(able, primary, view.policy, metric)
    if bound:
        reasons.append(bound)
    if not primary.spec.built:
        reasons.append(f"{primary.spec.id} is built first")
    if view.capabilities.realised_by:
        reasons.append(f"envelope realised by {view.capabilities.realised_by}")
    return reasons


def _equal_points(view: DeviceView, primary: Choice) -> float:
    return 100 * view.policy.equal_worth(primary.for_counts)


def _counts(primary: Choice, fps_demand: float) -> str:
    """The error of counts that the plan promises, and at which rate."""
    said, (low, high) = primary.predicted, primary.predicted.count_error_range
    served = f"{primary.fps:.1f} of {fps_demand:.1f} frames/s demanded"
    return (
        f"counts expected {share_text(said.count_error)} off ({share_text(low)} to "
        f"{share_text(high)}, {said.count_error_basis}) with at most {primary.point.fps:g} "
        f"frames/s: {served}"
    )


def _basis(predicted: Prediction) -> str:
    """What the expected accuracy was measured on, and what it rests on where it stands."""
    low, high = predicted.ap50_range
    between = f", {low:.2f} to {high:.2f}" if high else ""
    elsewhere = f"{predicted.ap50_basis}{between}" if predicted.ap50_basis else ""
    on = MEASURED_ON.get(predicted.measured_on, predicted.measured_on)
    said = "; ".join(filter(None, (on, elsewhere)))
    return f" ({said})" if said else ""


def _demand(view: DeviceView) -> str:
    streams = len(stream_ids(view.capabilities))
    of = f" by {streams} streams" if streams > 1 else ""
    return f"{view.current_demand.fps:.1f} frames/s demanded{of}"


def _bound_by(able: list[Choice], primary: Choice, policy: Policy, metric: str) -> str:
    """Which limit keeps the device from something better."""
    equal = policy.equal_worth(primary.for_counts)
    better = [c for c in able if c.broken and c.worth > primary.worth + equal]
    if not better:
        return ""
    nearest = min(better, key=lambda c: (max(c.broken.values()), -c.worth))
    return f"{nearest.key} ({metric} {nearest.ap50:.3f}) {_over(nearest)}"
