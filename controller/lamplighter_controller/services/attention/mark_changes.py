"""Operators acknowledge and mute notices, and take that back."""

from collections.abc import Callable, Collection, Sequence

import msgspec
from lamplighter_client.documents.attention.marks import MarkBody
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.attention.acknowledgements import Acknowledgements
from lamplighter_controller.domain.attention.changes import Key
from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.domain.attention.marks import MarkKind
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.services.attention.attention_marks import (
    BY_ITSELF,
    AttentionMarks,
)
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import fleet_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.attention.records import MarkRecord
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord

Judge = Callable[[Sequence[DeviceRecord]], Sequence[Sequence[Notice]]]


class MarkChanges:
    """Call `set` and `end` on the deciding thread. `judge`: what is wrong with devices."""

    def __init__(
        self,
        devices: DeviceStore,
        marks: AttentionMarks,
        judge: Judge,
        events: EventLog,
        clock: Clock,
    ) -> None:
        self._devices, self._marks, self._judge = devices, marks, judge
        self._events, self._clock = events, clock
        self._acknowledgements = Acknowledgements()

    def set(self, body: MarkBody, by: str) -> MarkRecord:
        """Acknowledge a notice that there is, or mute notices for a while.

        Raises:
            InvalidError: an acknowledgement without a notice, or a mute without an end.
            NotFoundError: there is no such device.
            ConflictError: it has no such notice now, or is retired.
        """
        kind, now = MarkKind(body.kind), self._clock.time()
        record = self._devices.device(body.device)
        if record.retired_at is not None:
            raise ConflictError(f"{body.device} is retired")
        self._check(kind, body, record)
        kept = self._marks.keep(
            MarkRecord(
                kind=kind,
                device=body.device,
                notice=body.notice,
                reason=body.reason,
                by=by,
                at=now,
                until=now + body.life_s if body.life_s else 0.0,
            )
        )
        said = "acknowledged" if kind is MarkKind.ACKNOWLEDGE else "muted"
        text = fleet_sentences.marked(body.notice, said, by, body.reason)
        self._note(text, kept)
        return kept

    def end(self, number: int, by: str) -> MarkRecord:
        """What it is on counts as open again.

        Raises:
            NotFoundError: there is no such mark.
            ConflictError: it has ended.
        """
        before = self._marks.record(number)
        if before.ended_at is not None:
            raise ConflictError(f"mark {number} was ended: {before.ended_by}")
        ended = self._marks.end(number, by)
        self._note(fleet_sentences.mark_ended(before.notice, by), ended)
        return ended

    def has_acknowledged(self) -> bool:
        """Whether anything waits for the end of its notice."""
        return bool(self._marks.acknowledged())

    def follow(self, notices: Collection[Key]) -> None:
        """End the acknowledgements of notices that have gone: what comes again is news."""
        for mark in self._acknowledgements.look(self._marks.acknowledged(), notices):
            ended = self._marks.end(mark.number, BY_ITSELF)
            self._note(fleet_sentences.mark_ended(mark.notice, ""), ended)

    def _check(self, kind: MarkKind, body: MarkBody, record: DeviceRecord) -> None:
        if kind is MarkKind.MUTE:
            if not body.life_s:
                raise InvalidError("say for how long: nothing is muted for ever")
            return
        if not body.notice:
            raise InvalidError("name the kind of the notice that is acknowledged")
        (wrong,) = self._judge([record])
        kinds = sorted({notice.kind for notice in wrong})
        if body.notice not in kinds:
            there = f"there are {', '.join(kinds)}" if kinds else "nothing is wrong with it"
            raise ConflictError(f"{body.device} has no notice {body.notice!r} now; {there}")

    def _note(self, text: Sentence, record: MarkRecord) -> None:
        data = msgspec.to_builtins(record)
        self._events.add(ControllerEvent.ATTENTION, text, device=record.device, mark=data)
