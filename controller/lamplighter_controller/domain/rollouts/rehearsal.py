"""A rollout run against a model of its fleet, in a clock of its own. Pure: same seed, same answer.

The waves, limits and thresholds are those of the state machine itself, which is stepped as the
controller steps it; only what devices do is drawn from the model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from random import Random

from lamplighter_controller.domain.rollouts.forecast import Forecast, Spread
from lamplighter_controller.domain.rollouts.gates import CanaryVerdict, GateState
from lamplighter_controller.domain.rollouts.rollout import (
    IN_FLIGHT,
    Rollout,
    RolloutPlan,
    RolloutState,
    Target,
    TargetState,
)
from lamplighter_controller.domain.rollouts.state_machine import Looked, Seen, Started, step

# Longer than any rollout that somebody waits for.
HORIZON_S = 90 * 86400.0


@dataclass(frozen=True)
class DeviceModel:
    """What is expected of one device.

    Attributes:
        size_bytes: that must travel to it; 0: it holds all of it.
        proof_s: from having it to committing to it.
        failure: probability that it does not come to it.
        build: the variant that it needs, where that is not built yet.
        why_not: why nothing fits it; empty: something does.
    """

    size_bytes: int = 0
    bytes_per_s: float = 1e6
    proof_s: float = 30.0
    failure: float = 0.0
    build: str = ""
    why_not: str = ""

    @property
    def travel_s(self) -> float:
        """Until it has what it needs."""
        return self.size_bytes / self.bytes_per_s


@dataclass(frozen=True)
class FleetModel:
    """Devices by id, seconds of each build (one is made at a time), and until a gate speaks."""

    devices: Mapping[str, DeviceModel]
    builds_s: Mapping[str, float] = field(default_factory=dict)
    gate_s: float = 60.0
    look_s: float = 5.0


@dataclass(frozen=True)
class Run:
    """One way that it may go."""

    seconds: float
    state: RolloutState
    reason: str
    received_bytes: int
    failures: int
    built: tuple[str, ...]
    waves_at_s: tuple[float, ...]


def rehearse(
    plan: RolloutPlan, targets: Sequence[Target], model: FleetModel, runs: int, seed: int = 1
) -> Forecast:
    """Run it so many times; targets have their waves."""
    drawn = [_Rehearsal(plan, targets, model, Random(seed + n)).run() for n in range(runs)]  # noqa: S311 - no secret
    by_time = sorted(drawn, key=lambda run: run.seconds)
    middle = by_time[len(by_time) // 2]
    stopped = [run.reason for run in drawn if run.state is not RolloutState.SUCCEEDED]
    return Forecast(
        runs=runs,
        devices=len(targets),
        finishes=1 - len(stopped) / runs,
        stopped=stopped[0] if stopped else "",
        seconds=_spread([run.seconds for run in drawn]),
        received_bytes=_spread([run.received_bytes for run in drawn]),
        failures=_spread([run.failures for run in drawn]),
        waves_at_s=list(middle.waves_at_s),
        builds=list(middle.built),
        build_s=sum(model.builds_s.get(name, 0.0) for name in middle.built),
        unfit={name: one.why_not for name, one in model.devices.items() if one.why_not},
    )


def _spread(values: Sequence[float]) -> Spread:
    ranked = sorted(values)
    last = len(ranked) - 1
    return Spread(ranked[len(ranked) // 2], ranked[int(0.1 * last)], ranked[ceil(0.9 * last)])


class _Rehearsal:
    def __init__(
        self, plan: RolloutPlan, targets: Sequence[Target], model: FleetModel, chance: Random
    ) -> None:
        self._model, self._chance = model, chance
        self._targets = list(targets)
        self._rollout = Rollout(name="rehearsal", plan=plan, state=RolloutState.APPROVED)
        self._ready_at: dict[str, float] = {}  # when a device has committed, or failed
        self._fails: dict[str, str] = {}  # why it will
        self._built_at: dict[str, float] = {}
        self._builder_free_at = 0.0
        self._waves_at: list[float] = [0.0]
        self._canary_at: float | None = None  # when the first one was watched
        self._received = 0

    def run(self) -> Run:
        """Until nothing more happens."""
        now = 0.0
        self._take(step(self._rollout, Started(self._targets), now), now)
        while self._rollout.state is RolloutState.RUNNING:
            due = self._next(now)
            if due is None or due > HORIZON_S:
                break
            now = due
            self._take(step(self._rollout, Looked(self._seen(now), self._gate(now)), now), now)
        failed = self._rollout.counts[TargetState.FAILED]
        return Run(
            now,
            self._rollout.state,
            self._rollout.reason,
            self._received,
            failed,
            tuple(self._built_at),
            tuple(self._waves_at),
        )

    def _take(self, done: tuple[Rollout, tuple[str, ...]], now: float) -> None:
        self._rollout, told = done
        for device in told:
            if self._rollout.targets[device].state is TargetState.ORDERED:
                self._tell(device, now)
        while len(self._waves_at) <= self._rollout.wave:
            self._waves_at.append(now)
        watched = any(
            t.wave == 0 and t.state is TargetState.WATCHED for t in self._rollout.targets.values()
        )
        if self._canary_at is None and watched:
            self._canary_at = now

    def _tell(self, device: str, now: float) -> None:
        """What it will come to, and when."""
        model = self._model.devices[device]
        if model.why_not:
            self._ready_at[device], self._fails[device] = now, f"nothing fits: {model.why_not}"
            return
        begin = max(now, self._build(model.build, now))
        self._ready_at[device] = begin + model.travel_s + model.proof_s
        if self._chance.random() < model.failure:
            self._fails[device] = "as some of its class did before"
        self._received += model.size_bytes

    def _build(self, variant: str, now: float) -> float:
        """When it is built; the workshop makes one after the other."""
        if not variant:
            return now
        if variant not in self._built_at:
            begin = max(now, self._builder_free_at)
            self._builder_free_at = begin + self._model.builds_s.get(variant, 0.0)
            self._built_at[variant] = self._builder_free_at
        return self._built_at[variant]

    def _next(self, now: float) -> float | None:
        """The next look at which something can have changed."""
        moments = [self._moment(t) for t in self._rollout.targets.values() if t.state in IN_FLIGHT]
        if self._rollout.wave == 0 and self._canary_at is not None:
            moments.append(self._canary_at + self._model.gate_s)
        later = [moment for moment in moments if moment > now - self._model.look_s]
        if not later:
            return None
        looks = max(1, ceil((min(later) - now) / self._model.look_s))
        return now + looks * self._model.look_s

    def _moment(self, target: Target) -> float:
        if target.state is TargetState.ORDERED:
            return self._ready_at[target.device]
        return target.changed_at + self._rollout.plan.watch_s

    def _seen(self, now: float) -> dict[str, Seen]:
        flying = [t for t in self._rollout.targets.values() if t.state in IN_FLIGHT]
        return {target.device: self._sighting(target.device, now) for target in flying}

    def _sighting(self, device: str, now: float) -> Seen:
        if self._ready_at[device] > now:
            return Seen()
        failure = self._fails.get(device, "")
        return Seen(serves=not failure, failure=failure)

    def _gate(self, now: float) -> CanaryVerdict:
        """The model knows of no harm: the gate says so as soon as it can."""
        is_due = self._canary_at is not None and now >= self._canary_at + self._model.gate_s
        return CanaryVerdict(GateState.NO_HARM if is_due else GateState.UNDECIDED)
