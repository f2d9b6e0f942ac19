"""Was a switch worth it? Both points judged by measured figures, under the same workload."""

from dataclasses import dataclass

from lamplighter_wire.messages import Limits, Prediction
from lamplighter_wire.rules.limits import capped_fps, share_served, violations

from lamplighter_controller.domain.operating_points import EPSILON
from lamplighter_controller.domain.policy.policy import DEFAULTS, Policy


@dataclass(frozen=True)
class MeasuredPoint:
    """What a point really did in one regime: latency and energy on the device, AP50 on labels.

    `fps_cap` is the frame rate it is held to; 0: none. `count_error` is the expected error of
    counts there; None: not known.
    """

    latency_p95_ms: float
    energy_mj_per_frame: float
    ap50: float
    memory_bytes: int = 0
    fps_cap: float = 0.0
    count_error: float | None = None

    def served_ap50(self, fps: float) -> float:
        """AP50 × the share of the demand that the cap leaves."""
        return self.ap50 * share_served(self.fps_cap, fps)


@dataclass(frozen=True)
class Justification:
    """A switch judged afterwards by measured figures; not positive means not justified."""

    justified: bool
    replayed_gain: float
    unit: str  # "limit share" | "points" | "percent energy"
    text: str


def justify(
    before: MeasuredPoint,
    after: MeasuredPoint,
    limits: Limits,
    fps: float,
    idle_w: float = 0.0,
    policy: Policy = DEFAULTS,
) -> Justification:
    """Gain of a switch, both points measured under the workload that followed it.

    A mended limit comes first, then accuracy that is not equal, then energy.
    """
    broken, left = (
        _broken(point, limits, fps, idle_w, policy.slot_share) for point in (before, after)
    )
    if broken > 0 or left > 0:
        return _judged(broken - left, "limit share", "limits broken {:+.2f} of the limit less")
    if policy.for_counts and before.count_error is not None and after.count_error is not None:
        return _by_counts(before, after, before.count_error - after.count_error, fps, policy)
    points = 100 * (after.served_ap50(fps) - before.served_ap50(fps))
    if abs(points) > 100 * policy.equal_accuracy:
        return _judged(points, "points", "{:+.1f} points of accuracy")
    saved = 100 * (1.0 - after.energy_mj_per_frame / max(before.energy_mj_per_frame, EPSILON))
    return _judged(saved, "percent energy", "{:+.0f} % energy saved at equal accuracy")


def _by_counts(
    before: MeasuredPoint, after: MeasuredPoint, fewer: float, fps: float, policy: Policy
) -> Justification:
    """By the error of counts, then by the energy of a second."""
    if abs(fewer) > policy.equal_counts:
        return _judged(100 * fewer, "points", "{:+.1f} points less error of counts")
    was, is_ = (
        capped_fps(fps, point.fps_cap) * point.energy_mj_per_frame for point in (before, after)
    )
    saved = 100 * (1.0 - is_ / max(was, EPSILON))
    return _judged(saved, "percent energy", "{:+.0f} % energy saved at equal counts")


def _broken(
    measured: MeasuredPoint, limits: Limits, fps: float, idle_w: float, slot_share: float
) -> float:
    figures = Prediction(
        latency_p95_ms=measured.latency_p95_ms,
        energy_mj_per_frame=measured.energy_mj_per_frame,
        memory_bytes=measured.memory_bytes,
    )
    rate = capped_fps(fps, measured.fps_cap)
    return max(violations(figures, limits, rate, idle_w, slot_share).values(), default=0.0)


def _judged(gain: float, unit: str, text: str) -> Justification:
    return Justification(gain > 0, gain, unit, text.format(gain))
