"""What a device is: its capabilities and its probe."""

from collections.abc import Sequence

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Capabilities, Probe

from lamplighter_controller.domain.devices import camera_cores
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.devices.streams import streams_of, with_streams
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore

# Fields that decide nothing, and those that are no change of the device.
IDLE = (
    "disk_free_bytes",
    "certificate_ends_at",
    "authorities",
    "configured",
    "cameras",
    "camera_width",
    "camera_height",
)
MEASURED = (*IDLE, "camera_fps")


class DeviceFacts:
    """Keeps what devices report of themselves; what is new leads to a new plan."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        events: EventLog,
        decisions: Decisions,
        learning: Learning,
        builder: Builder,
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._events = events
        self._decisions = decisions
        self._learning = learning
        self._builder = builder

    def receive_capabilities(self, device: str, capabilities: Capabilities) -> None:
        """Keep them; free disk is no change: it is never twice the same, and decides nothing.

        What was measured of cameras is no change of the device; their rate bounds its plans, and
        so does what they cost.
        """
        before = self._devices.device(device).capabilities
        if before == capabilities:
            return  # retained, they come again with each of our own connections
        now = self._clock.time()
        self._devices.update_device(device, capabilities=capabilities, last_seen=now)
        self._builder.build_for(capabilities.machine)
        if stream_ids(before) != stream_ids(capabilities):
            self._forget_streams(device)
        is_same = before is not None and _as(before, capabilities, MEASURED) == capabilities
        if is_same and _decides_alike(before, capabilities):
            return
        if before is not None and not is_same:
            text = device_sentences.changed(device)
            self._events.add(ControllerEvent.CAPABILITIES, text, device=device)
        self._decisions.schedule(device, "capabilities")

    def _forget_streams(self, device: str) -> None:
        """Those that it has no longer ask for nothing."""
        record, state = self._devices.device(device), self._devices.device_state(device)
        held = with_streams(record, streams_of(record, state))
        names = ("streams", "workload", "newest_window", "newest_window_at")
        self._devices.update_device(device, **{name: getattr(held, name) for name in names})

    def receive_probe(self, device: str, probe: Probe) -> None:
        """Keep it, and plan with it."""
        record = self._devices.device(device)
        if record.probe == probe:
            return
        self._learning.begin_anew(record)
        self._devices.update_device(device, probe=probe, last_seen=self._clock.time())
        self._decisions.schedule(device, "probe")


def _decides_alike(before: Capabilities | None, now: Capabilities) -> bool:
    """Whether both lead to the same plan."""
    if before is None or _as(before, now, IDLE) != now:
        return False
    return camera_cores(before) == camera_cores(now)


def _as(
    before: Capabilities | None, now: Capabilities, names: Sequence[str]
) -> Capabilities | None:
    """What was before, but for some fields."""
    if before is None:
        return None
    return msgspec.structs.replace(before, **{name: getattr(now, name) for name in names})
