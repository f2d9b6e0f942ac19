"""Orders that are taken back while they are under way."""

from lamplighter_client.documents.requests import CallOffBody, OverrideBody

from lamplighter_controller.domain.overrides.overrides import DEVICE
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.overrides.override_changes import OverrideChanges
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.groups.records import OverrideRecord
from lamplighter_controller.store.records import DeviceRecord


class CallOffs:
    """Called on the deciding thread."""

    def __init__(
        self,
        devices: DeviceStore,
        deployments: Deployments,
        overrides: Overrides,
        changes: OverrideChanges,
    ) -> None:
        self._devices = devices
        self._deployments = deployments
        self._overrides = overrides
        self._changes = changes

    def call_off(self, device: str, body: CallOffBody, by: str) -> OverrideRecord:
        """Let a device serve on what it serves, and keep it for a while from what was under way.

        Its own pin ends by that.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: nothing is under way to it or another revision, it serves nothing else
                yet, or a group or rollout has pinned it.
        """
        record = self._devices.device(device)
        desired = current_desired(record)
        if desired is None or not self._deployments.is_under_way(record):
            raise ConflictError(f"nothing is under way to {device}")
        if body.revision not in (0, desired.revision):
            raise ConflictError(
                f"revision {desired.revision} is under way to {device} meanwhile, not"
                f" {body.revision}; look again at what travels"
            )
        serving, variant = self._devices.device_state(device).serving, desired.primary.point.variant
        if serving is None:
            raise ConflictError(f"{device} serves nothing else yet; it waits for {variant}")
        if serving.variant == variant:
            raise ConflictError(f"{device} serves {variant} already; nothing of it is sent")
        self._end_pin(record, by)
        self._deployments.call_off(record, serving, f"{by} called off {variant}: {body.reason}")
        kept_from = OverrideBody(
            kind="avoid",
            device=device,
            target=variant,
            reason=f"called off: {body.reason}",
            life_s=body.life_s,
        )
        return self._changes.set(kept_from, by)

    def _end_pin(self, record: DeviceRecord, by: str) -> None:
        """A pin counts before what a device is kept from; that of the policy does not."""
        pin = self._overrides.of(record).pin
        if pin is None or pin.is_policy:
            return
        if pin.scope != DEVICE + record.id or not pin.id:  # one without an id is a rollout's
            raise ConflictError(f"{record.id} is {pin.text}; end that first")
        self._changes.end(pin.id, by)
