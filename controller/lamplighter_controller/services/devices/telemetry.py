"""What devices measure and what happens to them: windows and events."""

from typing import Protocol

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import Event, Telemetry, Workload

from lamplighter_controller.domain.devices import remembered_fps
from lamplighter_controller.domain.message_order import MessageStamp, is_late, is_older
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.services.adaptations.judgement import Judgement
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord, EventRecord

OVERDUE_CAUSE = "the street changed while the device was away"


class WindowStore(Protocol):
    """Where windows and events are kept, each once."""

    def add_telemetry(self, windows: list[Telemetry]) -> list[Telemetry]: ...

    def add_event(self, event: EventRecord) -> EventRecord | None: ...


class TelemetryIntake:
    """Keeps windows and events, and lets what is news of the street count."""

    def __init__(
        self,
        windows: WindowStore,
        devices: DeviceStore,
        clock: Clock,
        learning: Learning,
        judgement: Judgement,
        decisions: Decisions,
    ) -> None:
        self._windows = windows
        self._devices = devices
        self._clock = clock
        self._learning = learning
        self._judgement = judgement
        self._decisions = decisions

    def receive_window(self, device: str, window: Telemetry) -> None:
        """One window: kept once, the predictor corrected, and the workload noted if it is news."""
        if not self._windows.add_telemetry([window]):
            return
        now = self._clock.time()
        if not window.serving.variant or not window.frames:
            # Who serves no model sees no objects: that says nothing about the street.
            self._devices.update_device(device, last_seen=now)
            return
        state = self._devices.device_state(device)
        mark = MessageStamp(window.seq, window.start + window.seconds)
        # Requests overtake windows, and both may have waited for a link.
        is_news = not is_older(mark, state.workload) and not is_late(mark, state.session)
        record = self._note(device, window, mark if is_news else None)
        self._learning.from_telemetry(record, window)
        self._judgement.judge_measured(record)
        if is_news and state.overdue:
            trigger = Trigger(TriggerKind.SHIFT, at=now)
            self._decisions.consider(device, OVERDUE_CAUSE, trigger)
            self._devices.update_state(device, overdue=False)

    def receive_event(self, device: str, event: Event) -> None:
        """Keep it, once."""
        self._windows.add_event(
            EventRecord(
                device=device,
                seq=event.seq,
                at=event.at,
                kind=event.kind[:60],
                severity=event.severity,
                text=event.text[:1000],
                data=msgspec.to_builtins(event.data),
            )
        )

    def _note(self, device: str, window: Telemetry, news: MessageStamp | None) -> DeviceRecord:
        """Remember the demand; with `news` also what the street is like now."""
        remembered = self._devices.device_state(device).fps_by_regime
        regime = str(window.regime)
        fps = remembered_fps(remembered.get(regime, 0.0), window.fps_demand)
        state: dict[str, object] = {"fps_by_regime": remembered | {regime: fps}}
        changes: dict[str, object] = {"last_seen": self._clock.time()}
        if news is not None:
            state |= {"serving": window.serving, "workload": news}
            changes["workload"] = Workload(regime=window.regime, fps_demand=window.fps_demand)
        return self._devices.update_device(device, state=state, **changes)
