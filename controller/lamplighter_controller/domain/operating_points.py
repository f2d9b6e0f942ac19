"""Operating points judged on a device: predicted figures, broken limits, and which is best."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Limits, OperatingPoint, Prediction, Rung
from lamplighter_wire.rules.limits import share_served, sustainable_fps, violations
from lamplighter_wire.rules.needs import misfit, unmet_needs
from lamplighter_wire.rules.runtimes import precision_risk, runtime_risk
from lamplighter_wire.rules.sizes import point_key, size_key
from lamplighter_wire.street.count_error import CountError, count_error_at
from lamplighter_wire.street.counting_boxes import COST_WITHOUT, MOST_OVERLAP, counting_score
from lamplighter_wire.words.reasons import reason_words

from lamplighter_controller.domain.devices import Demand, DeviceView
from lamplighter_controller.domain.objectives import Objective, point_limits
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.prediction.alike import UNKNOWN_BYTES, preferred_among_alike
from lamplighter_controller.domain.prediction.predictor import Predictor, counted_at, expected_in
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.domain.street.counting_rate import RateLimits, best_rate, for_device
from lamplighter_controller.domain.variants import VariantSpec

EPSILON = 1e-9
# What a device refuses a point for that it refuses every larger one for.
TOO_LARGE = (ReasonCode.OOM, ReasonCode.DIED)


class Choice(msgspec.Struct, frozen=True, dict=True):
    """An operating point with what it is predicted to do at the frame rate it was judged at.

    Attributes:
        broken: hard limits it breaks at `fps`: name -> share over the limit.
        fps_limit: highest frame rate at which its latency slot and power budget hold.
        fps_room: frame rate at which they should hold, so that the demand may grow.
        for_counts: it is judged by how well it counts, otherwise by how well it detects.
    """

    spec: VariantSpec
    point: OperatingPoint
    predicted: Prediction
    fps: float
    broken: dict[str, float] = {}
    fps_limit: float = 0.0
    fps_room: float = 0.0
    for_counts: bool = False

    @cached_property
    def key(self) -> str:
        """ "variant@384x288"."""
        return point_key(self.point.variant, self.point.width, self.point.height)

    @property
    def feasible(self) -> bool:
        """Whether every hard limit holds at the demanded frame rate."""
        return not self.broken

    @property
    def has_room(self) -> bool:
        """Whether a demand that grows breaks nothing: limits hold at `fps_room`, or by a cap."""
        is_capped = self.point.fps > 0 and not self.for_counts
        return is_capped or self.fps_limit >= self.fps_room - EPSILON

    @property
    def ap50(self) -> float:
        """Expected agnostic AP50, 0 to 1."""
        return self.predicted.expected_ap50

    @property
    def energy_mj(self) -> float:
        """Predicted energy per frame."""
        return self.predicted.energy_mj_per_frame

    @property
    def worth(self) -> float:
        """What plans maximise: 1 less the expected error of counts, or expected AP50; at most 1."""
        return 1.0 - self.predicted.count_error if self.for_counts else self.ap50

    @property
    def energy_compared(self) -> float:
        """Energy of a second where the frame rate is a choice, too; else of a frame."""
        return self.energy_mj * self.fps if self.for_counts else self.energy_mj

    def served_ap50(self, fps_demand: float) -> float:
        """Expected AP50 × the share of a demand that the cap leaves."""
        return self.ap50 * share_served(self.point.fps, fps_demand)

    def served_worth(self, fps_demand: float) -> float:
        """What plans maximise, with the cap taken into account: an error of counts has it in it."""
        return self.worth if self.for_counts else self.served_ap50(fps_demand)

    def rung(self, regimes: Sequence[str] = ()) -> Rung:
        """The choice as it travels in the desired state."""
        return Rung(point=self.point, regimes=list(regimes), predicted=self.predicted)


@dataclass(frozen=True)
class Alternative:
    """A point that was considered and not chosen."""

    spec: VariantSpec
    size: str
    predicted: Prediction | None
    rejected_because: str


def assess(
    view: DeviceView,
    limits: Limits,
    spec: VariantSpec,
    width: int,
    height: int,
    predictor: Predictor,
) -> Choice:
    """One point of the catalogue judged on a device in its current regime."""
    predicted = predictor.predict(view, spec, width, height)
    point = OperatingPoint(
        variant=spec.id,
        manifest=_manifest(view, spec),
        width=width,
        height=height,
        threads=view.threads,
    )
    predicted = with_counts(view, spec, predicted, point)
    judged = _judged(view, limits, spec, point, predicted, view.current_demand)
    return _at_best_rate(view, limits, judged, view.regime, view.current_demand)


def _manifest(view: DeviceView, spec: VariantSpec) -> str:
    """The packed one where the device can expand it, unless it serves from the plain one."""
    serves_plain = view.serving is not None and view.serving.manifest == spec.manifest
    if not serves_plain and spec.packed.suits(view.capabilities.encodings):
        return spec.packed.manifest
    return spec.manifest


def in_regime(view: DeviceView, limits: Limits, choice: Choice, regime: str) -> Choice:
    """The same point, without a cap, judged in another regime: latency and energy are the same."""
    sized = choice.spec.at(choice.point.width, choice.point.height)
    predicted = msgspec.structs.replace(choice.predicted, **expected_in(sized, regime))
    point = msgspec.structs.replace(choice.point, fps=0.0)
    if not choice.for_counts:
        predicted = with_counts(view, choice.spec, predicted, point, regime)
    judged = _judged(view, limits, choice.spec, point, predicted, view.demand(regime))
    return _at_best_rate(view, limits, judged, regime, view.demand(regime))


def as_it_is(view: DeviceView, limits: Limits, judged: Choice, point: OperatingPoint) -> Choice:
    """A point that was judged, at the frame rate that it is held to."""
    demanded = view.current_demand.fps
    fps = min(demanded, point.fps) if point.fps > 0 else demanded
    predicted = with_counts(view, judged.spec, judged.predicted, point)
    broken = violations(predicted, limits, fps, view.idle_w, view.slot_share)
    return msgspec.structs.replace(judged, point=point, fps=fps, broken=broken, predicted=predicted)


def with_counts(
    view: DeviceView,
    spec: VariantSpec,
    predicted: Prediction,
    point: OperatingPoint,
    regime: str = "",
) -> Prediction:
    """With the error of counts that is expected in a regime, where one is known.

    `regime`: empty: the current one.
    """
    sized = spec.at(point.width, point.height)
    rows = _usable(view, sized.count_errors_in(regime or view.regime))
    error = count_error_at(rows, point.fps or math.inf)
    if error is None:
        return predicted
    more = 0.0 if point.most_overlap else COST_WITHOUT
    return counted_at(predicted, error.further_off(more), sized.counts_basis)


def _usable(view: DeviceView, rows: Sequence[CountError]) -> list[CountError]:
    """At rates of all streams together that the cameras give."""
    return for_device(rows, view.capabilities.camera_fps, len(stream_ids(view.capabilities)))


def _at_best_rate(
    view: DeviceView, limits: Limits, choice: Choice, regime: str, demand: Demand
) -> Choice:
    """For counts, at the frame rate that is worth it; otherwise, or of unknown counts, as it is."""
    sized = choice.spec.at(choice.point.width, choice.point.height)
    rows, policy = _usable(view, sized.count_errors_in(regime)), view.policy
    if not (policy.for_counts and rows):
        return choice
    around = RateLimits(limits, view.idle_w, view.slot_share, demand.fps, demand.fps_room)
    rate = best_rate(rows, choice.predicted, around, policy.equal_counts, policy.min_fps)
    if rate is None:
        return msgspec.structs.replace(choice, for_counts=True)
    return msgspec.structs.replace(
        choice,
        point=_counting_point(choice, regime, view.task.default_threshold, rate.cap),
        predicted=counted_at(choice.predicted, rate.error, sized.counts_basis),
        fps=rate.fps,
        fps_room=rate.fps_room,
        broken=rate.broken,
        for_counts=True,
    )


def _judged(
    view: DeviceView,
    limits: Limits,
    spec: VariantSpec,
    point: OperatingPoint,
    predicted: Prediction,
    demand: Demand,
) -> Choice:
    idle_w, slot_share = view.idle_w, view.slot_share
    return Choice(
        spec=spec,
        point=point,
        predicted=predicted,
        fps=demand.fps,
        broken=violations(predicted, limits, demand.fps, idle_w, slot_share),
        fps_limit=sustainable_fps(predicted, limits, idle_w, slot_share),
        fps_room=demand.fps_room,
    )


def _counting_point(choice: Choice, regime: str, otherwise: float, cap: float) -> OperatingPoint:
    """With the rate and the boxes that counts were measured with."""
    scores = choice.spec.count_scores or choice.spec.thresholds
    least = counting_score(scores, regime, otherwise)
    return msgspec.structs.replace(
        choice.point, fps=cap, thresholds={"": least}, most_overlap=MOST_OVERLAP
    )


def candidates(
    view: DeviceView,
    objective: Objective,
    catalogue: Iterable[VariantSpec],
    predictor: Predictor,
) -> tuple[list[Choice], list[Alternative]]:
    """All points that may run on the device at all, and those that may not or need not.

    Those of the device's own task come first: what stands in their way says most.
    """
    limits = point_limits(objective, view.capabilities)
    able: list[Choice] = []
    out: list[Alternative] = []
    task = view.capabilities.task
    specs = sorted(catalogue, key=lambda s: (s.task != task, s.id))
    lacking = {spec.id: _lacks(view, spec) for spec in specs}
    instead = preferred_among_alike(view, (spec for spec in specs if not lacking[spec.id]))
    for spec in specs:
        lacks = lacking[spec.id]
        if spec.id in instead:
            lacks = f"it computes as {instead[spec.id].id} does"
        for width, height in spec.resolutions:
            reason = lacks or _obstacle(view, spec, width, height)
            if reason:
                out.append(Alternative(spec, size_key(width, height), None, reason))
            else:
                able.append(assess(view, limits, spec, width, height, predictor))
    return _undominated(able, out)


def _undominated(
    able: list[Choice], out: list[Alternative]
) -> tuple[list[Choice], list[Alternative]]:
    """Without the points that another of this device is no worse than, here and everywhere."""
    by_key = {choice.key: choice for choice in able}
    needed = []
    for choice in able:
        size = size_key(choice.point.width, choice.point.height)
        others = (by_key.get(key) for key in choice.spec.dominated.get(size, []))
        better = next((other for other in others if other and not _costs_more(other, choice)), None)
        if better is None:
            needed.append(choice)
        else:
            why = f"{better.key} costs no more and is no less accurate on any device"
            out.append(Alternative(choice.spec, size, choice.predicted, why))
    return needed, out


def _costs_more(choice: Choice, other: Choice) -> bool:
    """By what is predicted here, where the device may have taught otherwise."""
    mine, theirs = choice.predicted, other.predicted
    slower = mine.latency_p95_ms > theirs.latency_p95_ms + EPSILON
    return slower or mine.energy_mj_per_frame > theirs.energy_mj_per_frame + EPSILON


def _lacks(view: DeviceView, spec: VariantSpec) -> str:
    """What the device misses for a variant at any size; empty when that is nothing."""
    if spec.task != view.capabilities.task:
        return f"it is for {spec.task}, the device for {view.capabilities.task}"
    missing = unmet_needs(spec.needs, spec.runtime, view.capabilities)
    if missing:
        return f"the device lacks {', '.join(missing)}"
    return misfit(spec.activations, view.capabilities)


def _obstacle(view: DeviceView, spec: VariantSpec, width: int, height: int) -> str:
    """Why a point is out of the question whatever its figures; empty when it is not."""
    reason = _refusal(view, spec, width, height) if view.refused else ""
    if reason:
        return f"refused on this device: {reason_words(reason)}"
    if spec.ap50(width, height, view.regime) is None:
        return f"accuracy at {size_key(width, height)} was never measured"
    return ""


def _refusal(view: DeviceView, spec: VariantSpec, width: int, height: int) -> str:
    """Why this device refused the point, if it did: what has no room has none at a larger size."""
    reason = view.refused.get(point_key(spec.id, width, height)) or view.refused.get(spec.id)
    if reason:
        return reason
    smaller = [point_key(spec.id, w, h) for w, h in spec.resolutions if w * h < width * height]
    reasons = (view.refused.get(key, "") for key in smaller)
    return next((reason for reason in reasons if reason in TOO_LARGE), "")


def best_of(choices: Iterable[Choice], policy: Policy) -> Choice | None:
    """The most worth; of what is equal in that the least energy; of what is near the plainest.

    A saving that would not justify a switch is inside the error of a prediction: int8 must pay
    more, and so must a runtime beside the one that every device has. Then least energy, built,
    lower latency, fewer bytes to send, name.
    """
    pool = list(choices)
    if not pool:
        return None
    top = max(c.worth for c in pool)
    equal = [c for c in pool if c.worth >= top - policy.equal_worth(c.for_counts) - EPSILON]
    least = min(c.energy_compared for c in equal)
    near = least / (1 - policy.min_energy_gain) + EPSILON
    cheap = [c for c in equal if c.energy_compared <= near]
    return min(
        cheap,
        key=lambda c: (
            precision_risk(c.spec.precision),
            runtime_risk(c.spec.runtime),
            c.energy_compared,
            not c.spec.built,
            c.predicted.latency_p95_ms,
            c.spec.wire_bytes or c.spec.size_bytes or UNKNOWN_BYTES,
            c.key,
        ),
    )


def best_feasible(choices: Iterable[Choice], policy: Policy) -> Choice | None:
    """The best with room for the demand to grow; if there is none, the best at the demand."""
    feasible = [c for c in choices if c.feasible]
    return best_of((c for c in feasible if c.has_room), policy) or best_of(feasible, policy)


def best_capped(choices: Iterable[Choice], limits: Limits, policy: Policy) -> Choice | None:
    """When nothing keeps up: the point with most accuracy × served share, its rate capped."""
    pool = [c for c in choices if _may_be_capped(c, limits, policy.min_fps)]
    if not pool:
        return None
    return _capped(
        max(pool, key=lambda c: (c.worth * min(c.fps_limit, c.fps), -c.energy_mj, c.key))
    )


def best_mend(roomy: Choice, choices: Sequence[Choice], limits: Limits, policy: Policy) -> Choice:
    """What mends a broken limit: `roomy`, unless it costs more accuracy than room is worth.

    The others are what holds at the demand itself, and what holds at the least share of it that
    may be served, capped. For counts the rate was chosen with the point, room included.
    """
    if roomy.for_counts:
        return roomy
    share = policy.least_share_served
    tight = best_of((c for c in choices if c.feasible), policy)
    capped = best_capped((c for c in choices if c.fps_limit >= share * c.fps), limits, policy)
    fps, best = roomy.fps, roomy
    for other in (tight, capped):
        worth = policy.room_worth_accuracy if best is roomy else policy.equal_accuracy
        if other is not None and other.served_worth(fps) > best.served_worth(fps) + worth:
            best = other
    return best


def _may_be_capped(choice: Choice, limits: Limits, min_fps: float) -> bool:
    in_time = not 0 < limits.latency_p95_ms < choice.predicted.latency_p95_ms
    if choice.for_counts:
        return False  # it would have been capped already
    return "memory" not in choice.broken and choice.fps_limit >= min_fps and in_time


def _capped(choice: Choice) -> Choice:
    fps = int(choice.fps_limit * 10) / 10
    point = msgspec.structs.replace(choice.point, fps=fps)
    return msgspec.structs.replace(choice, point=point, fps=fps, broken={})
