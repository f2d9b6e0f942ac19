"""A model of a rollout's devices: what each would get, how quick its link is, how it fails."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import NamedTuple

from lamplighter_wire.enums import JobKind, JobState, Outcome, TriggerKind
from lamplighter_wire.messages import Prediction
from lamplighter_wire.rules.sizes import point_key

from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.overrides.overridden import decide_within
from lamplighter_controller.domain.overrides.overrides import InForce, Override, OverrideKind
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.gates import BLOCK_WINDOWS
from lamplighter_controller.domain.rollouts.rehearsal import DeviceModel, FleetModel
from lamplighter_controller.domain.rollouts.rollout import RolloutPlan, Target
from lamplighter_controller.domain.switching import Decision, Trigger
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import DeviceViews, current_desired
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.rehearsals.changes import alike_models
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord, DeviceState

PAGE, DEPLOYMENTS, JOBS = 200, 20, 200
# Where the past says nothing: a usual link, a usual proof and build, and few failures.
USUAL_BYTES_PER_S, USUAL_BUILD_S, USUAL_WINDOW_S = 1e6, 20.0, 10.0
# So many successes are taken for granted before a class has a past of its own.
BELIEVED, FEW = 20, 0.01
CLEAN_BLOCKS = 5  # of one canary, until a gate finds no harm
BAD = frozenset({Outcome.REJECTED, Outcome.FAILED, Outcome.ROLLED_BACK})
LEAST_BYTES = 50_000  # below, a transfer says nothing of a link


@dataclass
class Past:
    """What deployments were like, by device, site and class."""

    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    proofs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bad: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    all: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def rate(self, target: Target) -> float:
        """Bytes a second: of the device, else of its site, else of all."""
        keys = (f"device:{target.device}", f"site:{target.site}", "")
        return next((median(self.rates[k]) for k in keys if self.rates.get(k)), USUAL_BYTES_PER_S)

    def proof_s(self, target: Target, usual_s: float) -> float:
        """From having it to committing: of its class, else of all."""
        keys = (f"class:{target.hardware}", "")
        return next((median(self.proofs[k]) for k in keys if self.proofs.get(k)), usual_s)

    def failure(self, target: Target) -> float:
        """Share of orders that its class did not take, over a usual past."""
        key = f"class:{target.hardware}"
        bad, count = self.bad.get(key, 0), self.all.get(key, 0)
        return (bad + FEW * BELIEVED) / (count + BELIEVED)


class Expected(NamedTuple):
    """What a device serves now and would serve then; None: not known."""

    device: str
    before: Prediction | None
    after: Prediction | None


@dataclass(frozen=True)
class Modelled:
    """The fleet as a rehearsal needs it, and what each device's figures would be."""

    fleet: FleetModel
    effects: list[Expected]


class FleetModels:
    """Reads only; of a large fleet for seconds, so not on the deciding thread."""

    def __init__(
        self, store: Store, catalogue: Catalogue, views: DeviceViews, learning: Learning
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._views = views
        self._learning = learning

    def of(self, plan: RolloutPlan, targets: Sequence[Target]) -> Modelled:
        """Devices as they are now, with the past that is kept of them."""
        canaries, change = sum(target.wave == 0 for target in targets), plan.what
        if not isinstance(change, ModelChange):
            alike = alike_models(change, targets)
            return Modelled(FleetModel(alike, {}, self._gate_s(canaries)), [])
        past, known = Past(), {target.device: target for target in targets}
        decided: dict[tuple[object, ...], Decision] = {}
        devices: dict[str, DeviceModel] = {}
        effects: list[Expected] = []
        for record, state in self._records(list(known)):
            self._remember(past, known[record.id])
            decision = self._decision(change, record, state, decided)
            devices[record.id] = self._device(record, decision)
            effects.append(self._effect(record, state, decision))
        usual_s = plan.watch_s / 2 + 10.0
        modelled = {
            name: replace(
                model,
                bytes_per_s=past.rate(known[name]),
                proof_s=past.proof_s(known[name], usual_s),
                failure=past.failure(known[name]),
            )
            for name, model in devices.items()
        }
        builds = self._builds({model.build for model in modelled.values() if model.build})
        return Modelled(FleetModel(modelled, builds, self._gate_s(canaries)), effects)

    def _records(self, names: Sequence[str]) -> Iterator[tuple[DeviceRecord, DeviceState]]:
        for begin in range(0, len(names), PAGE):
            yield from self._store.devices_and_states(names[begin : begin + PAGE]).values()

    def _decision(
        self,
        change: ModelChange,
        record: DeviceRecord,
        state: DeviceState,
        decided: dict[tuple[object, ...], Decision],
    ) -> Decision:
        """As the planner would, were the device pinned; one of each kind of device is enough."""
        pin = Override(id=0, kind=OverrideKind.PIN, scope="", target=change.target)
        view = replace(self._views.view_of(record, state), overrides=InForce(pin=pin))
        objective = self._objective(change, record)
        serving = state.serving
        specs = self._catalogue.specs_for(record.id, record.site)
        is_own = specs is not self._catalogue.specs_at(record.site)
        key = (
            view.hardware_class,
            record.site,
            record.id if is_own else "",
            objective,
            view.regime,
            round(view.workload.fps_demand),
            serving and point_key(serving.variant, serving.width, serving.height),
        )
        if key not in decided:
            decided[key] = decide_within(
                view,
                Trigger(TriggerKind.PLAN),
                objective,
                specs,
                self._learning.predictor(view),
            )
        return decided[key]

    def _objective(self, change: ModelChange, record: DeviceRecord) -> Objective:
        own = self._views.objective(record)
        given = change.objective or {}
        return replace(own, **{name: value for name, value in given.items() if value is not None})

    def _device(self, record: DeviceRecord, decision: Decision) -> DeviceModel:
        plan = decision.plan
        if plan.primary is None:
            return DeviceModel(why_not=plan.reasons[-1] if plan.reasons else "no variant of it")
        spec = plan.primary.spec
        is_held = spec.id in _held(record)
        size_bytes = 0 if is_held else spec.wire_bytes or spec.size_bytes
        return DeviceModel(size_bytes=size_bytes, build=plan.build[0] if plan.build else "")

    def _effect(self, record: DeviceRecord, state: DeviceState, decision: Decision) -> Expected:
        before = self._learning.predict(record, state.serving) if state.serving else None
        primary = decision.plan.primary
        return Expected(record.id, before, primary.predicted if primary else None)

    def _remember(self, past: Past, target: Target) -> None:
        for one in self._store.deployments(target.device, DEPLOYMENTS):
            if not one.outcome:
                continue
            key = f"class:{target.hardware}"
            past.all[key] += 1
            past.bad[key] += one.outcome in BAD
            for name in (f"device:{target.device}", f"site:{target.site}", ""):
                past.rates[name] += _rates(one)
            for name in (key, ""):
                past.proofs[name] += _proofs(one)

    def _builds(self, variants: Iterable[str]) -> dict[str, float]:
        """As long as the last ones took."""
        took = [
            job.finished_at - job.created_at
            for job in self._store.jobs(JOBS)
            if job.kind is JobKind.BUILD and job.state is JobState.DONE and job.finished_at
        ]
        return dict.fromkeys(variants, median(took) if took else USUAL_BUILD_S)

    def _gate_s(self, canaries: int) -> float:
        """Blocks of windows come from all canaries; the fleet's windows are alike in length."""
        some = [d.newest_window.seconds for d in self._store.devices(limit=PAGE) if d.newest_window]
        window_s = median(some) if some else USUAL_WINDOW_S
        rounds = -(-CLEAN_BLOCKS // max(1, canaries))
        return rounds * BLOCK_WINDOWS * window_s


def _held(record: DeviceRecord) -> set[str]:
    desired = current_desired(record)
    rungs = [desired.primary, *desired.ladder] if desired else []
    resident = set(record.reported.resident) if record.reported else set()
    return resident | {rung.point.variant for rung in rungs}


def _rates(one: DeploymentRecord) -> list[float]:
    """Of a deployment that fetched enough to tell."""
    spent_s = _between(one, "FETCHING", "VERIFYING")
    received = one.reported.transfer.bytes_received if one.reported else 0
    return [received / spent_s] if spent_s and received >= LEAST_BYTES else []


def _proofs(one: DeploymentRecord) -> list[float]:
    spent_s = _between(one, "VERIFYING", "COMMITTED")
    return [spent_s] if spent_s is not None and one.outcome is Outcome.COMMITTED else []


def _between(one: DeploymentRecord, begin: str, end: str) -> float | None:
    """Seconds from first entering a phase to first entering a later one."""
    phases = one.reported.phases if one.reported else []
    times = dict(reversed(phases))
    if begin not in times or end not in times or times[end] <= times[begin]:
        return None
    return times[end] - times[begin]
