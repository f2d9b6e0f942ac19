"""After a start or a lost connection: what the last process left undone, device by device."""

from collections import deque
from collections.abc import Callable

from lamplighter_wire.enums import Outcome, Severity

from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.builds import Builds
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.decisions.plan_inputs import PlanInputs
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.services.device_views import is_ready
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.store.base import DeploymentStore, DeviceStore
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord

# Read at once; a query for each device would cost more than the rest of a visit.
PAGE_DEVICES = 50
CAUSE = "controller start"

Visit = Callable[[DeviceRecord, DeploymentRecord | None], object]


class Restart:
    """Goes through the fleet; each device behind what has come meanwhile, so it holds up nobody."""

    def __init__(
        self,
        devices: DeviceStore,
        deployments: DeploymentStore,
        queue: DecisionQueue,
        events: EventLog,
        catalogue: Catalogue,
        inputs: PlanInputs,
        orders: Deployments,
        releases: Releases,
        builds: Builds,
        decisions: Decisions,
    ) -> None:
        self._devices, self._deployments = devices, deployments
        self._queue, self._events = queue, events
        self._catalogue, self._inputs = catalogue, inputs
        self._orders, self._releases = orders, releases
        self._builds, self._decisions = builds, decisions
        self._awaits_workshop = False

    def start_over(self) -> None:
        """After a start: close jobs that ended with the last process, decide what is due.

        While the workshop still prepares its parents, `start_waiting` does the latter.
        """
        self._builds.close_lost()
        self._awaits_workshop = self._catalogue.is_preparing()
        if not self._awaits_workshop:
            self._visit_all(self._decide_if_due)

    def start_waiting(self, error: str) -> None:
        """The workshop has prepared its parents, or `error` says why not: decide what waited."""
        if error:
            text = work_sentences.prepare_failed(error)
            self._events.add(ControllerEvent.PREPARE_FAILED, text, severity=Severity.ERROR)
        if not self._awaits_workshop:
            return
        self._awaits_workshop = False
        if not error:
            self._events.add(ControllerEvent.PREPARED, work_sentences.prepared())
        self._visit_all(self._decide_if_due)

    def republish_unfinished(self) -> None:
        """Publish again every order without an outcome: it may have been lost on its way."""
        self._visit_all(self._republish_if_unfinished)

    def _decide_if_due(self, record: DeviceRecord, last: DeploymentRecord | None) -> None:
        if is_ready(record) and self._is_due(record, last):
            waiting = self._devices.device_state(record.id).waiting
            self._decisions.consider(record.id, waiting or CAUSE)
        else:
            self._releases.review(record.id)

    def _is_due(self, record: DeviceRecord, last: DeploymentRecord | None) -> bool:
        """Whether a decision is pending, its effect was lost, or its inputs have changed."""
        state = self._devices.device_state(record.id)
        has_changed = state.planned_from != self._inputs.digest(record)
        if self._orders.awaits_outcome(record, last):
            return has_changed and not state.waiting
        is_settled = last is None or last.outcome is Outcome.COMMITTED
        return has_changed or bool(state.waiting) or not is_settled

    def _republish_if_unfinished(self, record: DeviceRecord, last: DeploymentRecord | None) -> None:
        if last is not None and not last.outcome:
            # Read again: an order of meanwhile must not be followed by the one before it.
            self._orders.republish(self._devices.device(record.id))

    def _visit_all(self, visit: Visit) -> None:
        self._visit_page(visit, "")

    def _visit_page(self, visit: Visit, after: str) -> None:
        page = self._devices.devices(after=after, limit=PAGE_DEVICES)
        if page:
            last = self._deployments.last_deployments([record.id for record in page])
            self._visit_next(visit, deque(page), last, page[-1].id)

    def _visit_next(
        self,
        visit: Visit,
        page: deque[DeviceRecord],
        last: dict[str, DeploymentRecord],
        after: str,
    ) -> None:
        record = page.popleft()
        if page:
            self._queue.submit(self._visit_next, visit, page, last, after)
        else:
            self._queue.submit(self._visit_page, visit, after)
        visit(record, last.get(record.id))
