"""What a plan on demand comes to: foreseen before it is made, and told of what was made."""

from dataclasses import dataclass
from enum import StrEnum

from lamplighter_controller.domain.switching import Decision
from lamplighter_controller.services.decisions.decisions import Decisions, to_send
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.store.base import DeviceStore, IntentStore


class PlanStep(StrEnum):
    """What is done about a device once it is planned for."""

    NOTHING = "nothing"  # what it serves stays
    BUILD = "build"  # a variant is built before anything is sent
    HOLD = "hold"  # something is kept until it may go
    SEND = "send"
    LATER = "later"  # a deployment is under way; it is decided again at its end


@dataclass(frozen=True)
class PlanPreview:
    """A decision, and what follows; of what is held, why and until when (wall time in seconds; 0:
    not known)."""

    decision: Decision
    step: PlanStep
    held: str = ""
    until: float = 0.0


class PlanPreviews:
    """Call it on the deciding thread."""

    def __init__(
        self,
        devices: DeviceStore,
        intents: IntentStore,
        decisions: Decisions,
        releases: Releases,
        deployments: Deployments,
    ) -> None:
        self._devices, self._intents = devices, intents
        self._decisions, self._releases = decisions, releases
        self._deployments = deployments

    def foresee(self, device: str) -> PlanPreview | None:
        """What `act` would do now, by the same trigger; nothing is changed. None: the device cannot
        be planned for yet.

        Raises:
            NotFoundError: there is no such device.
        """
        record, state = self._devices.device(device), self._devices.device_state(device)
        decision = self._decisions.plan(device, state.trigger)
        if decision is None:
            return None
        if self._deployments.is_under_way(record):
            return PlanPreview(decision, PlanStep.LATER)
        choice = to_send(decision, is_serving=state.serving is not None)
        verdict = self._releases.foresee(record, decision, choice) if choice is not None else None
        if verdict is None:
            return PlanPreview(decision, _unsent(decision))
        if verdict.is_released:
            return PlanPreview(decision, PlanStep.SEND)
        return PlanPreview(decision, PlanStep.HOLD, verdict.reason, verdict.until)

    def act(self, device: str, cause: str) -> PlanPreview | None:
        """Decide and act, and say what was done; None: it cannot be planned for yet, or a
        deployment is under way.

        Raises:
            NotFoundError: there is no such device.
        """
        before = self._devices.device(device).revision
        decision = self._decisions.consider(device, cause)
        if decision is None:
            return None
        held = self._intents.intents([device]).get(device)
        if held is not None:
            return PlanPreview(decision, PlanStep.HOLD, held.held, held.until)
        is_sent = decision.deploy and self._devices.device(device).revision != before
        return PlanPreview(decision, PlanStep.SEND if is_sent else _unsent(decision))


def _unsent(decision: Decision) -> PlanStep:
    return PlanStep.BUILD if decision.deploy and decision.plan.build else PlanStep.NOTHING
