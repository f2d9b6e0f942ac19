"""What a plan follows from, as a digest: where it is still the same, a start plans nothing anew."""

import hashlib

import msgspec
from lamplighter_wire import __version__
from lamplighter_wire.messages import Capabilities, Probe

from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.overrides.overrides import NOTHING, InForce
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.store.records import DeviceRecord


class PlanInputs:
    """Digests of what would lead to another plan if it had changed while no controller ran.

    What changes while one runs (the street, what serves, what was learnt or refused) leads to a
    decision of its own, which is pending until it is made.
    """

    def __init__(self, views: DeviceViews, catalogue: Catalogue) -> None:
        self._views = views
        self._catalogue = catalogue

    def digest(self, record: DeviceRecord) -> str:
        """Of a device that is ready to be planned for."""
        return plan_inputs_digest(
            record.capabilities or Capabilities(),
            record.probe or Probe(),
            self._views.objective(record),
            self._views.policy(record),
            self._catalogue.digest(),
            record.site,
            self._views.overrides(record),
        )


def plan_inputs_digest(
    capabilities: Capabilities,
    probe: Probe,
    objective: Objective,
    policy: Policy,
    catalogue: str,
    site: str = "",
    overrides: InForce = NOTHING,
) -> str:
    """SHA-256 in hexadecimal; free disk decides nothing, and a new version may plan otherwise."""
    fixed = msgspec.structs.replace(capabilities, disk_free_bytes=0)
    inputs = (
        __version__,
        catalogue,
        fixed,
        probe,
        objective,
        policy,
        site,
        overrides.targets,
    )
    return hashlib.sha256(msgspec.json.encode(inputs, order="deterministic")).hexdigest()
