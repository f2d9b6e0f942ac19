"""What devices ask for. A request has its effect once, and only while it is about the present."""

import msgspec
from lamplighter_wire.enums import RequestKind, Severity, TriggerKind
from lamplighter_wire.messages import Request, Shift

from lamplighter_controller.domain.message_order import MessageStamp, is_late, is_older
from lamplighter_controller.domain.streams import StreamState
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.devices.renewals import Renewals
from lamplighter_controller.services.devices.streams import streams_of, with_streams
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import deployment_sentences
from lamplighter_controller.store.base import DeviceStore


class DeviceRequests:
    """Answers requests for recompression. (Requests for chunks never come here.)"""

    def __init__(
        self,
        devices: DeviceStore,
        events: EventLog,
        adaptations: Adaptations,
        decisions: Decisions,
        renewals: Renewals,
    ) -> None:
        self._renewals = renewals
        self._devices = devices
        self._events = events
        self._adaptations = adaptations
        self._decisions = decisions

    def receive(self, device: str, request: Request) -> None:
        """`recompress` is decided, `certificate` answered; an operator learns of all others."""
        if request.kind == RequestKind.RECOMPRESS:
            self._answer_once(device, request)
            return
        if request.kind == RequestKind.CERTIFICATE:
            self._renewals.receive(device, request)
            return
        self._events.add(
            ControllerEvent.UNKNOWN_REQUEST,
            deployment_sentences.unknown_request(device, request.kind[:40]),
            device=device,
            severity=Severity.WARNING,
        )

    def _answer_once(self, device: str, request: Request) -> None:
        state, mark = self._devices.device_state(device), MessageStamp(request.seq, request.at)
        if is_older(mark, state.request):
            return
        if is_late(mark, state.session):
            self._keep_late(device, request)
        else:
            self._recompress(device, request)
        # Noted last: a request that a power cut interrupts comes again.
        self._devices.update_state(device, request=mark)

    def _keep_late(self, device: str, request: Request) -> None:
        """Part of the history only; the present is decided on when a window has come of it."""
        self._record_step(request)
        waited_s = self._devices.device_state(device).session.at - request.at
        self._adaptations.record_late(request, waited_s)
        self._events.add(
            ControllerEvent.LATE_REQUEST,
            deployment_sentences.late_request(device, waited_s),
            device=device,
            trigger=request.trigger,
        )
        self._devices.update_state(device, overdue=True)

    def _recompress(self, device: str, request: Request) -> None:
        # From here on windows are of another street, by which an older answer is not judged.
        if request.shift is not None:
            self._take_workload(device, request, request.shift)
        else:
            self._devices.update_state(device, unjudged=0)
        self._record_step(request)
        self._adaptations.open_record(request)
        self._decisions.schedule(device, _cause(request), self._trigger(device, request))
        if request.answered_by is not None:
            self._devices.update_state(device, serving=request.answered_by)

    def _take_workload(self, device: str, request: Request, shift: Shift) -> None:
        """The street of one stream has changed, and with it what the device is asked for."""
        record, mark = self._devices.device(device), MessageStamp(request.seq, request.at)
        streams = streams_of(record, self._devices.device_state(device))
        before = streams.get(request.stream, StreamState())
        shown = msgspec.structs.replace(before, workload=shift.after, workload_of=mark)
        changed = with_streams(record, streams | {request.stream: shown})
        self._devices.update_device(
            device,
            state={"unjudged": 0, "workload": mark},
            workload=changed.workload,
            streams=changed.streams,
        )

    def _trigger(self, device: str, request: Request) -> Trigger:
        is_breach = request.trigger == TriggerKind.BREACH
        serving = self._devices.device_state(device).serving
        return Trigger(
            TriggerKind.BREACH if is_breach else TriggerKind.SHIFT,
            at=request.at,
            answered_by=request.answered_by,
            broke=serving if is_breach else None,
            served=serving,
        )

    def _record_step(self, request: Request) -> None:
        if request.answered_by is not None:
            self._adaptations.record_ladder_step(request, request.answered_by)


def _cause(request: Request) -> str:
    where = f" of {request.stream}" if request.stream else ""
    if request.shift is not None:
        return f"shift{where} {request.shift.before.regime} to {request.shift.after.regime}"
    is_breach = request.trigger == TriggerKind.BREACH
    return str(TriggerKind.BREACH if is_breach else TriggerKind.SHIFT) + where
