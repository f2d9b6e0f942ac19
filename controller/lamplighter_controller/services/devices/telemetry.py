"""What devices measure and what happens to them: windows and events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import Event, Telemetry, Workload
from lamplighter_wire.rules.regimes import regime_key

from lamplighter_controller.domain.devices import remembered_fps, task_of
from lamplighter_controller.domain.message_order import MessageStamp, is_late, is_older
from lamplighter_controller.domain.streams import StreamState, workload_of
from lamplighter_controller.domain.street.sights import seen_more
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.services.adaptations.judgement import Judgement
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.services.devices.streams import streams_of, with_streams
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.metrics.window_totals import WindowTotals
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord, DeviceState, EventRecord
from lamplighter_controller.store.telemetry.stores import DeviceChange, EventSink, TelemetryStore

# More than any task tells apart; the words are the device's own.
MOST_REGIMES = 64
# A window that waited longer than this behind a report has a clock that was set back.
MOST_OVERTAKEN_S = 600.0
OVERDUE_CAUSE = "the street changed while the device was away"


class TelemetryIntake:
    """Keeps windows and events, and lets what is news of the street count."""

    def __init__(
        self,
        windows: TelemetryStore,
        events: EventSink,
        devices: DeviceStore,
        clock: Clock,
        views: DeviceViews,
        learning: Learning,
        judgement: Judgement,
        decisions: Decisions,
        totals: WindowTotals,
    ) -> None:
        self._totals = totals
        self._windows, self._events, self._devices = windows, events, devices
        self._clock, self._views, self._learning = clock, views, learning
        self._judgement, self._decisions = judgement, decisions

    def receive_windows(self, windows: Sequence[Telemetry]) -> None:
        """Several at once, in one transaction: each kept once, the predictor corrected, and the
        workload noted if it is news."""
        now = self._clock.time()
        with self._devices.transaction():
            fresh = self._windows.add_telemetry(windows, now)
            notes = self._noted(fresh, now)
            self._windows.save_changes(self._change(note) for note in notes.values())
            self._devices.after_commit(partial(self._totals.add, fresh))
        for note in notes.values():
            self._follow_up(note, now)

    def receive_event(self, device: str, event: Event) -> None:
        """Keep it, once."""
        self._events.add_event(
            EventRecord(
                device=device,
                seq=event.seq,
                at=event.at,
                kind=event.kind[:60],
                severity=event.severity,
                text=event.text[:1000],
                data=_about_stream(event) | msgspec.to_builtins(event.data),
                received_at=self._clock.time(),
            )
        )

    def _noted(self, windows: Sequence[Telemetry], now: float) -> dict[str, "_Note"]:
        """By device, what its windows tell together."""
        known = self._windows.devices_and_states(window.device for window in windows)
        notes = {device: _Note(record, state) for device, (record, state) in known.items()}
        for window in windows:
            note = noted(notes[window.device], window, now)
            if tells_of_street(window):
                view = self._views.view_of(note.record, note.state)
                taught = self._learning.learn_window(view, window)
                note = replace(note, taught=note.taught or taught)
            notes[window.device] = note
        return notes

    def _change(self, note: "_Note") -> DeviceChange:
        learnt = self._learning.experience.of(note.record.id) if note.taught else None
        return DeviceChange(note.record, note.state, learnt)

    def _follow_up(self, note: "_Note", now: float) -> None:
        """What may order something: only now that all of it is on disk."""
        device = note.record.id
        if note.counts and note.state.unjudged:
            self._judgement.judge_measured(note.record)
        if note.is_news and note.state.overdue:
            trigger = Trigger(TriggerKind.SHIFT, at=now)
            self._decisions.schedule(device, OVERDUE_CAUSE, trigger)
            self._devices.update_state(device, overdue=False)


@dataclass(frozen=True)
class _Note:
    """A device after some of its windows.

    Attributes:
        counts: one of them tells of the street.
        is_news: one of them tells of the present.
        taught: the predictor learnt from one.
    """

    record: DeviceRecord
    state: DeviceState
    counts: bool = False
    is_news: bool = False
    taught: bool = False


def tells_of_street(window: Telemetry) -> bool:
    """Who serves no model sees no objects: that says nothing about the street."""
    return bool(window.serving.variant and window.frames)


def noted(note: _Note, window: Telemetry, now: float) -> _Note:
    """A device after one more window, received at `now`. Pure.

    Requests overtake windows, and both may have waited for a link: what is not news of the street
    leaves its present as it is. So does the window of a stream that the device has no longer.
    """
    state = note.state
    record = msgspec.structs.replace(note.record, last_seen=now)
    streams = streams_of(record, state)
    if window.stream not in streams:
        return replace(note, record=record)
    stream, stamp = _with_newest(streams[window.stream], window, now), _stamp(window)
    if tells_of_street(window):
        workload = Workload(regime=window.regime, fps_demand=window.fps_demand)
        shown = msgspec.structs.replace(stream, workload=workload, workload_of=stamp)
        asked = workload_of(streams | {window.stream: shown}) or workload
        regime = regime_key(asked.regime, task_of(record.capabilities).axes)
        state = _remembering(state, regime, asked.fps_demand)
        own = regime_key(window.regime, task_of(record.capabilities).axes)
        state = msgspec.structs.replace(state, sights=seen_more(state.sights, window, own))
        late = is_late(stamp, state.session)
        if not (late or is_older(stamp, stream.workload_of)):
            stream, note = shown, replace(note, is_news=True)
        if not (late or is_older(stamp, state.workload)):
            serving = state.serving if _is_overtaken(window, record) else window.serving
            state = msgspec.structs.replace(state, serving=serving, workload=stamp)
        note = replace(note, state=state, counts=True)
    return replace(note, record=with_streams(record, streams | {window.stream: stream}))


def _is_overtaken(window: Telemetry, record: DeviceRecord) -> bool:
    """Whether a report that is known already tells of later than a window: what serves is its word.

    Of a clock that was set back by much the windows are believed.
    """
    if record.reported is None or not record.reported.serving.variant:
        return False
    before_s = record.reported.at - (window.start + window.seconds)
    return 0.0 < before_s < MOST_OVERTAKEN_S


def _remembering(state: DeviceState, regime: str, fps_demand: float) -> DeviceState:
    """With what the streams asked for together in a regime."""
    if regime not in state.fps_by_regime and len(state.fps_by_regime) >= MOST_REGIMES:
        return state
    fps = remembered_fps(state.fps_by_regime.get(regime, 0.0), fps_demand)
    return msgspec.structs.replace(state, fps_by_regime=state.fps_by_regime | {regime: fps})


def _with_newest(stream: StreamState, window: Telemetry, now: float) -> StreamState:
    if stream.window is not None and is_older(_stamp(window), _stamp(stream.window)):
        return stream
    return msgspec.structs.replace(stream, window=window, window_at=now)


def _about_stream(event: Event) -> dict[str, object]:
    return {"stream": event.stream} if event.stream else {}


def _stamp(window: Telemetry) -> MessageStamp:
    return MessageStamp(window.seq, window.start + window.seconds)
