"""From records to what the domain decides on."""

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import Capabilities, Desired, Envelope, Probe, Workload
from lamplighter_wire.rules.workload import total_workload

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.overrides.overrides import InForce
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord, DeviceState


def is_ready(record: DeviceRecord) -> bool:
    """Whether enough is known of a device to plan for it."""
    reported = record.capabilities is not None and record.probe is not None
    return reported and record.retired_at is None


def current_desired(record: DeviceRecord) -> Desired | None:
    """What the device should serve according to the last signed document."""
    if not record.desired:
        return None
    try:
        return decode(decode(record.desired, Envelope).payload, Desired)
    except CodecError:
        return None


class DeviceViews:
    """Devices as the planner sees them now. `default` is the objective of those without one."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        default: Objective,
        policies: Policies,
        overrides: Overrides,
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._default = default
        self._policies = policies
        self._overrides = overrides

    def view(self, record: DeviceRecord) -> DeviceView:
        """A device as the planner sees it now."""
        return self.view_of(record, self._devices.device_state(record.id))

    def view_of(self, record: DeviceRecord, state: DeviceState) -> DeviceView:
        """The same of a state that is at hand."""
        return DeviceView(
            id=record.id,
            capabilities=record.capabilities or Capabilities(),
            probe=record.probe or Probe(),
            workload=record.workload or _assumed_workload(record),
            serving=state.serving,
            resident=tuple(record.reported.resident) if record.reported else (),
            fps_by_regime=state.fps_by_regime,
            refused=self._refused(state),
            policy=self.policy(record),
            overrides=self.overrides(record),
        )

    def policy(self, record: DeviceRecord) -> Policy:
        """The thresholds that a device is decided by."""
        return self._policies.of(record)

    def overrides(self, record: DeviceRecord) -> InForce:
        """What operators have set for a device by hand."""
        return self._overrides.of(record)

    def objective(self, record: DeviceRecord) -> Objective:
        """The device's own limits over those of its policy, and these over the default."""
        policy = self.policy(record)
        limits = {
            "latency_p95_ms": policy.latency_p95_ms,
            "power_w": policy.power_w,
            "memory_bytes": int(policy.memory_bytes),
        }
        of_policy = {name: value for name, value in limits.items() if value}
        own = {name: value for name, value in record.objective.items() if value is not None}
        return msgspec.convert(msgspec.to_builtins(self._default) | of_policy | own, Objective)

    def _refused(self, state: DeviceState) -> dict[str, str]:
        now = self._clock.time()
        return {key: r.reason for key, r in state.refused.items() if r.until > now}


def _assumed_workload(record: DeviceRecord) -> Workload:
    """Before any street was seen, each is taken for the usual one."""
    return total_workload(Workload() for _ in stream_ids(record.capabilities))
