"""Plan, build, deploy: the way of a decision to a device."""

from dataclasses import replace

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import AnswerKind, Severity, TriggerKind

from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.overrides.overridden import decide_within
from lamplighter_controller.domain.planner import Plan
from lamplighter_controller.domain.switching import Decision, Trigger
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deciding.lanes import Lane
from lamplighter_controller.services.decisions.builds import Builds
from lamplighter_controller.services.decisions.plan_inputs import PlanInputs
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.services.device_views import (
    DeviceViews,
    current_desired,
    is_ready,
)
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.projections import plan_document
from lamplighter_controller.services.sentences import deployment_sentences, work_sentences
from lamplighter_controller.store.base import DeploymentStore, DeviceStore
from lamplighter_controller.store.records import DeviceRecord, JobRecord, PlanRecord, Refusal


class Decisions:
    """Decides for devices. A pending decision is on disk before it is acted on."""

    def __init__(
        self,
        devices: DeviceStore,
        plans: DeploymentStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        catalogue: Catalogue,
        views: DeviceViews,
        learning: Learning,
        adaptations: Adaptations,
        deployments: Deployments,
        releases: Releases,
        builds: Builds,
        inputs: PlanInputs,
    ) -> None:
        self._devices = devices
        self._plans = plans
        self._clock = clock
        self._queue = queue
        self._events = events
        self._catalogue = catalogue
        self._views = views
        self._learning = learning
        self._adaptations = adaptations
        self._deployments = deployments
        self._releases = releases
        self._builds = builds
        self._inputs = inputs
        self._scheduled: dict[str, Trigger | None] = {}  # the newest trigger of each device

    def plan(self, device: str, trigger: Trigger | None = None) -> Decision | None:
        """Decide for a device without acting; None while capabilities or probe are missing.

        Raises:
            NotFoundError: there is no such device.
        """
        record = self._devices.device(device)
        if not is_ready(record):
            return None
        view = self._views.view(record)
        return decide_within(
            view,
            trigger or Trigger(TriggerKind.PLAN, at=self._clock.time()),
            self._views.objective(record),
            self._catalogue.specs_for(record.id, record.site),
            self._learning.predictor(view),
        )

    def consider(self, device: str, cause: str, trigger: Trigger | None = None) -> Decision | None:
        """Decide and act, at the end of a deployment that is under way or of the workshop's start.

        Raises:
            NotFoundError: there is no such device.
        """
        record = self._devices.device(device)
        if not is_ready(record):
            return None
        self._remember(device, cause, trigger)
        return self._consider(record, cause, trigger)

    def schedule(self, device: str, cause: str, trigger: Trigger | None = None) -> None:
        """Do so soon, once for all that is due of a device until then.

        Raises:
            NotFoundError: there is no such device.
        """
        if not is_ready(self._devices.device(device)):
            return
        self._remember(device, cause, trigger)
        self._schedule(device, trigger)

    def schedule_waiting(self, device: str) -> None:
        """The decision that was put off, now that nothing stands in its way."""
        state = self._devices.device_state(device)
        if state.waiting:
            self._schedule(device, state.trigger)

    def _schedule(self, device: str, trigger: Trigger | None) -> None:
        is_new, before = device not in self._scheduled, self._scheduled.get(device)
        self._scheduled[device] = trigger or before
        if is_new or (trigger is not None and before is None):  # it may overtake what waits
            lane = Lane.DECISIONS if trigger is None else Lane.ANSWERS
            self._queue.submit(self._consider_scheduled, device, lane=lane, repeats=True)

    def _consider_scheduled(self, device: str) -> None:
        trigger = self._scheduled.pop(device, None)
        record, cause = self._devices.device(device), self._devices.device_state(device).waiting
        if cause and is_ready(record):
            self._consider(record, cause, trigger)

    def _consider(
        self, record: DeviceRecord, cause: str, trigger: Trigger | None
    ) -> Decision | None:
        """What is remembered, unless it has to wait."""
        if self._catalogue.is_preparing() or self._deployments.is_under_way(record):
            return None
        trigger = trigger or self._devices.device_state(record.id).trigger
        decision = self.plan(record.id, trigger)
        if decision is not None:
            self._act(record, decision, cause)
            self._forget(record, is_building=decision.deploy and bool(decision.plan.build))
        return decision

    def _remember(self, device: str, cause: str, trigger: Trigger | None) -> None:
        """Keep what is due; the rung that answers now may be gone when it is decided later."""
        changes: dict[str, object] = {"waiting": cause}
        if trigger is not None:
            changes["trigger"] = replace(trigger, answered_by=None, served=None)
        self._devices.update_state(device, **changes)

    def _forget(self, record: DeviceRecord, *, is_building: bool) -> None:
        """The decision is made; while a variant is built, what it answers stays, and it is not
        carried out: a start makes it again."""
        changes: dict[str, object] = {"planned_from": ""}
        if not is_building:
            changes = {"trigger": None, "planned_from": self._inputs.digest(record)}
        self._devices.update_state(record.id, waiting="", **changes)

    def _act(self, record: DeviceRecord, decision: Decision, cause: str) -> None:
        plan = decision.plan
        if plan.primary is None:
            self._releases.withdraw(record.id)
            self._nothing_fits(record, plan, cause)
        elif not decision.deploy:
            self._releases.withdraw(record.id)
            self._adaptations.settle_without_deployment(record.id, decision)
            if not self._called_off(record, cause):
                self._deployments.pass_changes(record, plan.limits)
        elif plan.build:
            self._build_first(record, decision, cause)
        else:
            self._releases.intend(record, decision, plan.primary, cause)

    def _called_off(self, record: DeviceRecord, cause: str) -> bool:
        """Whether there was an order without an answer to what the device may serve no more: it
        would follow it whenever it is back."""
        desired, serving = current_desired(record), self._devices.device_state(record.id).serving
        last = self._plans.deployment(record.id, record.revision)
        if desired is None or serving is None or last is None or last.outcome:
            return False
        ordered = self._catalogue.find_at(desired.primary.point.variant, record.site)
        if ordered is None or self._views.overrides(record).permits(ordered):
            return False
        self._deployments.call_off(record, serving, cause)
        return True

    def _build_first(self, record: DeviceRecord, decision: Decision, cause: str) -> None:
        plan = decision.plan
        self._adaptations.set_kind(record.id, AnswerKind.REBUILT)
        is_serving = self._devices.device_state(record.id).serving is not None
        if (interim := to_send(decision, is_serving=is_serving)) is not None:
            interim_cause = f"{cause}; until the build is done"
            self._releases.intend(record, decision, interim, interim_cause)
        else:
            self._releases.withdraw(record.id)
            self._plans.add_plan(self._plan_record(plan, cause, decision))
        for variant in plan.build:
            self._builds.start(variant, record.id, self._build_ended)

    def build(self, variant: str) -> JobRecord:
        """Build a variant for which no device waits.

        Raises:
            NotFoundError: the catalogue has no such variant.
            ConflictError: it is built.
        """
        return self._builds.order(variant, self._build_ended)

    def cancel_build(self, variant: str) -> bool:
        """End a build: devices that wait for it are decided for without it; False: it has ended."""
        return self._builds.cancel(variant)

    def _build_ended(self, variant: str, device: str, error: str) -> None:
        """A device that waited for a build is decided for anew."""
        if error:
            self._exclude(device, variant, error)
        else:
            self._adaptations.mark(device, "built")
        cause = f"build of {variant} failed" if error else f"built {variant}"
        self.consider(device, cause)

    def _exclude(self, device: str, variant: str, error: str) -> None:
        """Leave out a variant that cannot be built, for as long as a refused one."""
        self._events.add(
            ControllerEvent.BUILD_FAILED,
            work_sentences.build_failed(variant, device, error),
            device=device,
            severity=Severity.ERROR,
            variant=variant,
        )
        life_s = self._views.policy(self._devices.device(device)).refusal_s
        refusal = Refusal("BUILD_FAILED", self._clock.time() + life_s)
        refused = self._devices.device_state(device).refused | {variant: refusal}
        self._devices.update_state(device, refused=refused)

    def _nothing_fits(self, record: DeviceRecord, plan: Plan, cause: str) -> None:
        self._plans.add_plan(self._plan_record(plan, cause, None))
        self._adaptations.settle_without_deployment(record.id, None)
        self._events.add(
            ControllerEvent.NO_PLAN,
            deployment_sentences.nothing_fits(record.id, "; ".join(plan.reasons)),
            device=record.id,
            severity=Severity.WARNING,
            reasons=list(plan.reasons),
        )

    def _plan_record(self, plan: Plan, cause: str, decision: Decision | None) -> PlanRecord:
        return PlanRecord(
            device=plan.device,
            at=self._clock.time(),
            cause=cause,
            variant=plan.primary.spec.id if plan.primary else "",
            regime=plan.regime,
            document=msgspec.to_builtins(plan_document(plan, decision)),
        )


def to_send(decision: Decision, *, is_serving: bool) -> Choice | None:
    """What of a decision a device is told as soon as it may be; None: nothing, or nothing before
    what is built is there."""
    plan = decision.plan
    if plan.primary is None or not decision.deploy:
        return None
    if plan.build:
        return None if is_serving else plan.interim
    return plan.primary
