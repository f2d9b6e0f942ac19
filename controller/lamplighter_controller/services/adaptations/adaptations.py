"""Answering a shift or breach: the record of each answer, with its clocks from the true change."""

from enum import StrEnum

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import AnswerKind, Outcome
from lamplighter_wire.messages import OperatingPoint, Reported, Request
from lamplighter_wire.rules.sizes import point_key

from lamplighter_controller.domain.policy.release import Intent
from lamplighter_controller.domain.switching import Decision
from lamplighter_controller.services.adaptations.judgement import Judgement
from lamplighter_controller.store.base import AdaptationStore, DeviceStore
from lamplighter_controller.store.records import DeviceRecord, RecompressionRecord

# First entry into these phases gives the clocks.
CLOCK_OF_PHASE = {"VERIFYING": "delivered", "PROBATION": "serving", "COMMITTED": "committed"}


class AdaptationOutcome(StrEnum):
    """How an answer ends that no deployment carries out; the others end with its outcome."""

    KEPT = "kept"
    SUPERSEDED = "superseded"
    LATE = "late"


class Adaptations:
    """Keeps the records; at most one of a device is open and waits for its deployment."""

    def __init__(
        self,
        records: AdaptationStore,
        devices: DeviceStore,
        clock: Clock,
        judgement: Judgement,
    ) -> None:
        self._records = records
        self._devices = devices
        self._clock = clock
        self._judgement = judgement

    def open_record(self, request: Request) -> None:
        """Begin the record of an answer; it stays open until its deployment ends."""
        serving = request.answered_by or self._served_before(request)
        self._close_superseded(request.device)
        record = self._records.add_recompression(self._begun(request, serving))
        self._devices.update_state(request.device, recompression=record.id)

    def record_ladder_step(self, request: Request, after: OperatingPoint) -> None:
        """The device has stepped to a resident rung by itself: a record of its own, closed.

        A step that leaves variant and size as they were is no answer, and is not recorded.
        """
        before = self._served_before(request)
        if before is not None and _name(before) == _name(after):
            return
        begun = self._begun(request, before)
        detected = begun.seconds["detected"]
        step = msgspec.structs.replace(
            begun,
            kind=AnswerKind.LADDER,
            to_variant=after.variant,
            to_point=after,
            outcome=Outcome.COMMITTED,
            seconds={"detected": detected, "serving": detected},
            reasons=[f"stepped to the resident rung {_name(after)}"],
        )
        record = self._records.add_recompression(step)
        self._judgement.judge(record, self._devices.device(request.device), None)

    def record_late(self, request: Request, waited_s: float) -> None:
        """A change that is over when its request arrives: a closed record, answered by nothing."""
        begun = self._begun(request, self._served_before(request))
        reason = f"heard of {waited_s:.0f} s late, when the device came back"
        late = msgspec.structs.replace(
            begun, kind=AnswerKind.NONE, outcome=AdaptationOutcome.LATE, reasons=[reason]
        )
        self._records.add_recompression(late)

    def mark(self, device: str, clock: str) -> None:
        """Stop one clock of the open record now."""
        record = self._open(device)
        if record is not None and clock not in record.seconds:
            passed = max(0.0, self._clock.time() - record.began_at)
            self._save(record, seconds=record.seconds | {clock: passed})

    def set_kind(self, device: str, kind: AnswerKind) -> None:
        """What the answer takes; a build stays a build when the variant is there in the end."""
        record = self._open(device)
        if record is not None and not record.kind:
            self._save(record, kind=kind)

    def attach(self, device: str, revision: int, intent: Intent) -> None:
        """The open record gets its deployment."""
        record = self._open(device)
        if record is None or record.revision:
            return
        self.mark(device, "built")
        record, point = self._open(device) or record, intent.desired.primary.point
        self._save(
            record,
            revision=revision,
            kind=_kind(record, point.variant, intent.kind),
            to_variant=point.variant,
            to_point=point,
            size_bytes=intent.size_bytes,
            reasons=intent.desired.reasons,
        )

    def settle_without_deployment(self, device: str, decision: Decision | None) -> None:
        """Nothing is sent: nothing is better than what the device serves."""
        record = self._open(device)
        if record is None or record.revision:
            return
        reasons = list(decision.reasons) if decision else ["nothing fits"]
        self._save(record, kind=AnswerKind.NONE, outcome=AdaptationOutcome.KEPT, reasons=reasons)
        self._devices.update_state(device, recompression=0)

    def follow(self, device: DeviceRecord, reported: Reported) -> None:
        """Clocks, bytes and outcome of the record whose deployment this report is about."""
        record = self._records.recompression_of(device.id, reported.revision)
        if record is None or record.outcome:
            return
        saved = self._save(
            record,
            seconds=_clocks(record, reported),
            bytes_sent=max(record.bytes_sent, reported.transfer.bytes_received),
            outcome=reported.outcome,
        )
        if reported.outcome:
            self._end(saved, device, reported)

    def give_up(self, device: str, revision: int) -> None:
        """The deployment of this answer was never begun."""
        record = self._records.recompression_of(device, revision)
        if record is not None and not record.outcome:
            self._save(record, outcome=Outcome.REJECTED, justified=False)
            self._forget_open(record)

    def count_bytes(self, device: str, reported: Reported) -> None:
        """Bytes received so far for the answer that a revision carried out.

        The device counts on over restarts, so the highest figure is the newest one.
        """
        record = self._records.recompression_of(device, reported.revision)
        received = reported.transfer.bytes_received
        if record is not None and received > record.bytes_sent:
            self._save(record, bytes_sent=received)

    def _end(self, record: RecompressionRecord, device: DeviceRecord, reported: Reported) -> None:
        self._forget_open(record)
        if reported.outcome is Outcome.COMMITTED:
            trial = reported.trial if reported.trial and reported.trial.pairs else None
            self._judgement.judge(record, device, trial)
            return
        self._save(record, justified=False)
        if reported.outcome is Outcome.REJECTED:
            self._reopen(record)

    def _reopen(self, refused: RecompressionRecord) -> None:
        """The street still waits: what is planned after a refusal answers the same change."""
        clocks = {k: v for k, v in refused.seconds.items() if k in ("detected", "built")}
        again = msgspec.structs.replace(
            refused,
            id=0,
            at=self._clock.time(),
            revision=0,
            bytes_sent=0,
            outcome="",
            justified=None,
            replayed_gain=None,
            seconds=clocks,
            reasons=[f"revision {refused.revision} was refused"],
        )
        number = self._records.add_recompression(again).id
        self._devices.update_state(refused.device, recompression=number)

    def _served_before(self, request: Request) -> OperatingPoint | None:
        """What served before the device stepped, by its own word if it gives it."""
        return request.served or self._devices.device_state(request.device).serving

    def _begun(self, request: Request, serving: OperatingPoint | None) -> RecompressionRecord:
        shift = request.shift
        began = (shift.began_at or shift.at) if shift else request.at
        detected = (shift.at if shift else request.at) - began
        workload = self._devices.device(request.device).workload
        if shift and not request.stream:
            workload = shift.after
        return RecompressionRecord(
            device=request.device,
            at=self._clock.time(),
            trigger=request.trigger or "shift",
            from_variant=serving.variant if serving else "",
            from_point=serving,
            fps_demand=workload.fps_demand if workload else 0.0,
            began_at=began,
            seconds={"detected": max(0.0, detected)},
        )

    def _close_superseded(self, device: str) -> None:
        record = self._open(device)
        if record is not None and not record.revision and not record.outcome:
            kind = record.kind or AnswerKind.NONE
            self._save(record, kind=kind, outcome=AdaptationOutcome.SUPERSEDED)

    def _open(self, device: str) -> RecompressionRecord | None:
        number = self._devices.device_state(device).recompression
        return self._records.recompression(number) if number else None

    def _forget_open(self, record: RecompressionRecord) -> None:
        if self._devices.device_state(record.device).recompression == record.id:
            self._devices.update_state(record.device, recompression=0)

    def _save(self, record: RecompressionRecord, **changes: object) -> RecompressionRecord:
        changed = msgspec.structs.replace(record, **changes)
        self._records.update_recompression(changed)
        return changed


def _clocks(record: RecompressionRecord, reported: Reported) -> dict[str, float]:
    seconds = dict(record.seconds)
    for phase, at in reported.phases:
        clock = CLOCK_OF_PHASE.get(phase)
        if clock is not None:
            seconds.setdefault(clock, max(0.0, at - record.began_at))
    return seconds


def _kind(record: RecompressionRecord, variant: str, kind: AnswerKind) -> str:
    """A build stays a build while it is about the same variant."""
    same = not record.to_variant or record.to_variant == variant
    return record.kind if record.kind and same else kind


def _name(point: OperatingPoint) -> str:
    return point_key(point.variant, point.width, point.height)
