"""Which of the resident rungs a device steps to: pure.

Stepping from rung to rung is an exchange of one reference: nothing is loaded, no frame is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lamplighter_wire.messages import Limits, Prediction, Regime, Rung, Workload
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.rules.limits import capped_fps, violations
from lamplighter_wire.rules.regimes import ANY, regime_key
from lamplighter_wire.statistics import percentile
from lamplighter_wire.tasks.registry import find_task

from lamplighter_agent.inference.operating_points import DescribedRung, Work, accuracy, work_of

Described = TypeVar("Described", bound=DescribedRung)

# Frames in service that say what a rung really takes, and how far that may move predictions.
PACE_FRAMES = 10
PACE_BOUNDS = (0.25, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What the street and the limits ask of a rung. Limits of 0 are none.

    `pace` is what the rung in service really takes over what was predicted for it: it corrects the
    predictions, which are as old as the plan. What has served here before has its own: `paces`.
    """

    workload: Workload
    limits: Limits
    policy: DevicePolicy = DEFAULTS
    idle_w: float = 0.0
    pace: float = 1.0
    paces: Mapping[Work, float] = field(default_factory=dict)

    def kept_by(self, rung: Rung) -> bool:
        """Whether the rung keeps the limits at the demanded rate, as far as is known."""
        fps = capped_fps(self.workload.fps_demand, rung.point.fps)
        share = self.policy.slot_share
        return not violations(self._corrected(rung), self.limits, fps, self.idle_w, share)

    def _corrected(self, rung: Rung) -> Prediction:
        """The prediction at the rung's own pace; it is resident, so its memory is no question."""
        pace = self.paces.get(work_of(rung.point), self.pace)
        return Prediction(
            latency_p95_ms=pace * rung.predicted.latency_p95_ms,
            energy_mj_per_frame=pace * rung.predicted.energy_mj_per_frame,
        )


def pace(latencies_ms: Sequence[float], predicted_p95_ms: float) -> float:
    """Measured p95 over the predicted one, within PACE_BOUNDS; 1 while too little is known."""
    if len(latencies_ms) < PACE_FRAMES or predicted_p95_ms <= 0:
        return 1.0
    low, high = PACE_BOUNDS
    return min(max(percentile(latencies_ms, 95) / predicted_p95_ms, low), high)


def choose(
    rungs: Sequence[Described], required: Requirements, now: Described | None = None
) -> Described | None:
    """The rung for a workload; None to stay, where none is better.

    Rungs that name the regime are meant for it, else those that name none. The first of them that
    keeps the limits is taken, unless `now` keeps them and is clearly more accurate: a rung was
    meant for a demand that was only assumed. Where none keeps them: `now` if it does, else the most
    accurate rung that does, else the fastest.
    """
    regime = required.workload.regime
    meant = _meant_for(rungs, regime)
    stays = now is not None and required.kept_by(now.rung)
    best = next((rung for rung in meant if required.kept_by(rung.rung)), None)
    if best is not None:
        loss = _loss(now, best, regime)
        return None if stays and loss >= required.policy.min_accuracy_gain else best
    fitting = [rung for rung in rungs if required.kept_by(rung.rung)]
    if stays or (now is not None and not (meant or fitting)):
        return None
    fastest = min(rungs, key=lambda r: r.rung.predicted.latency_p95_ms, default=None)
    return most_accurate(fitting, regime) or fastest


def _loss(now: Described | None, best: Described, regime: Regime) -> float:
    """Of accuracy, where another rung serves; a plan for counts has weighed its rungs by more."""
    if now is None or best.rung.point.most_overlap:
        return 0.0
    return accuracy(now, regime) - accuracy(best, regime)


def _meant_for(rungs: Sequence[Described], regime: Regime) -> list[Described]:
    named = [r for r in rungs if _key(r, regime) in r.rung.regimes]
    return named or [r for r in rungs if not r.rung.regimes or ANY in r.rung.regimes]


def _key(described: DescribedRung, regime: Regime) -> str:
    """The regime as the rung's task names it."""
    return regime_key(regime, find_task(described.manifest.task).axes)


def by_accuracy(rungs: Sequence[Described], regime: Regime) -> list[Described]:
    """The most accurate first; equal ones as they stand."""
    return sorted(rungs, key=lambda r: -accuracy(r, regime))


def most_accurate(rungs: Sequence[Described], regime: Regime) -> Described | None:
    """The first of the most accurate rungs; None when there is none."""
    return max(rungs, key=lambda r: accuracy(r, regime), default=None)
