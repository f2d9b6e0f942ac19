"""Rehearsing rollouts, and what became of what was predicted."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import JobKind, JobState

from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.forecast import Effect, Forecast, Rehearsal
from lamplighter_controller.domain.rollouts.rehearsal import rehearse
from lamplighter_controller.domain.rollouts.rollout import Rollout, Target, TargetState
from lamplighter_controller.services.rehearsals.fleet_models import Expected, FleetModels
from lamplighter_controller.services.rollouts.kinds.kinds import Kinds
from lamplighter_controller.services.rollouts.rollouts import Rollouts
from lamplighter_controller.store.base import Store

# Each is a rollout of its own: of large fleets fewer, so that an operator need not wait.
RUNS, RUNS_OF_MANY, MANY = 21, 5, 2000
MUCH_WORSE = 0.2
DEPLOYMENTS, JOBS = 50, 1000
TOLD = frozenset({TargetState.SUCCEEDED, TargetState.FAILED, TargetState.ROLLED_BACK})


@dataclass(frozen=True)
class Became:
    """What a rollout came to, in the words of its rehearsal."""

    state: str
    seconds: float
    received_bytes: int
    failures: int
    builds: list[str]
    build_s: float
    latency_ratio: float | None
    energy_ratio: float | None


@dataclass(frozen=True)
class Compared:
    """What was predicted, and what is known by now; None: not rehearsed, or not begun."""

    rehearsal: Rehearsal | None
    real: Became | None


class Rehearsals:
    """Reads and reckons where it is called; only what it finds is kept by the rollouts."""

    def __init__(
        self, store: Store, clock: Clock, rollouts: Rollouts, models: FleetModels, kinds: Kinds
    ) -> None:
        self._store = store
        self._clock = clock
        self._rollouts = rollouts
        self._models = models
        self._kinds = kinds

    def rehearse(self, name: str) -> Rehearsal:
        """How it would go if it began now.

        Raises:
            NotFoundError: there is no such rollout, or its group is gone.
        """
        plan = self._store.rollout(name).rollout.plan
        targets = self._rollouts.preview(name).targets
        modelled = self._models.of(plan, targets)
        runs = RUNS if len(targets) < MANY else RUNS_OF_MANY
        forecast = rehearse(plan, targets, modelled.fleet, runs) if targets else Forecast()
        return Rehearsal(at=self._clock.time(), forecast=forecast, effect=effect(modelled.effects))

    def compare(self, name: str) -> Compared:
        """Predicted beside real.

        Raises:
            NotFoundError: there is no such rollout.
        """
        rollout = self._rollouts.whole(name)
        real = self._became(rollout) if rollout.began_at else None
        return Compared(rollout.rehearsal, real)

    def _became(self, rollout: Rollout) -> Became:
        told = [t for t in rollout.targets.values() if t.state in TOLD]
        ended = max((t.changed_at for t in told), default=rollout.began_at)
        jobs = [
            job
            for job in self._store.jobs(JOBS)
            if job.kind is JobKind.BUILD
            and job.state is JobState.DONE
            and job.finished_at is not None
            and rollout.began_at <= job.created_at <= ended
        ]
        latency, energy = self._ratios(rollout.plan.what, told)
        return Became(
            state=rollout.state,
            seconds=round(ended - rollout.began_at, 1),
            received_bytes=sum(self._received(t, rollout.began_at) for t in told),
            failures=rollout.counts[TargetState.FAILED],
            builds=sorted({job.subject for job in jobs}),
            build_s=sum((job.finished_at or job.created_at) - job.created_at for job in jobs),
            latency_ratio=latency,
            energy_ratio=energy,
        )

    def _received(self, target: Target, since: float) -> int:
        orders = self._store.deployments(target.device, DEPLOYMENTS)
        reports = [one.reported for one in orders if one.at >= since and one.reported]
        return sum(reported.transfer.bytes_received for reported in reports)

    def _ratios(self, change: Change, told: Sequence[Target]) -> tuple[float | None, float | None]:
        """Measured at the target through measured before, median over devices."""
        latency: list[float] = []
        energy: list[float] = []
        kind = self._kinds.of(change)
        for target in told:
            windows = [w for w in self._store.telemetry(target.device, limit=None) if w.frames]
            before = [w for w in windows if kind.is_past(change, target, w)]
            after = [w for w in windows if kind.is_since(change, target, w)]
            if target.state is TargetState.SUCCEEDED and before and after:
                latency.append(
                    median(w.latency_p95_ms for w in after)
                    / max(1e-9, median(w.latency_p95_ms for w in before))
                )
                drawn = median(w.energy_mj_per_frame for w in before)
                if drawn > 0:
                    energy.append(median(w.energy_mj_per_frame for w in after) / drawn)
        return _middle(latency), _middle(energy)


def effect(expected: Sequence[Expected]) -> Effect:
    """Of predictions of now and then."""
    pairs = [(one.before, one.after) for one in expected if one.before and one.after]
    latency = [b.latency_p95_ms / a.latency_p95_ms for a, b in pairs if a.latency_p95_ms > 0]
    drawn = [
        b.energy_mj_per_frame / a.energy_mj_per_frame for a, b in pairs if a.energy_mj_per_frame > 0
    ]
    gained = [b.expected_ap50 - a.expected_ap50 for a, b in pairs if a.expected_ap50 > 0]
    return Effect(
        devices=len(pairs),
        latency_ratio=_middle(latency),
        energy_ratio=_middle(drawn),
        accuracy_gain=_middle(gained),
        slower=sum(ratio > 1 + MUCH_WORSE for ratio in latency),
    )


def _middle(values: Sequence[float]) -> float | None:
    return round(median(values), 4) if values else None
