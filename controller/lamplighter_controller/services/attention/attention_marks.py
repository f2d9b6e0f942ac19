"""Marks of operators on notices: read once, and again after each change."""

from collections.abc import Mapping, Sequence

import msgspec
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.attention.marks import Mark, MarkKind
from lamplighter_controller.store.attention.records import MarkRecord
from lamplighter_controller.store.attention.stores import MarkStore

BY_ITSELF = "the notice has gone"


class AttentionMarks:
    """Those that nobody has ended, by device. Methods may be called from any thread."""

    def __init__(self, store: MarkStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._by_device: Mapping[str, Sequence[Mark]] | None = None
        self._changes = 0

    def of(self, device: str) -> Sequence[Mark]:
        """On notices of a device; the time of some may be over."""
        return self._open().get(device, ())

    def acknowledged(self) -> list[Mark]:
        """Those that end with their notice."""
        marks = [mark for listed in self._open().values() for mark in listed]
        return [mark for mark in marks if mark.kind is MarkKind.ACKNOWLEDGE]

    def record(self, number: int) -> MarkRecord:
        """One of them, also one that has ended. Raises NotFoundError: there is none."""
        return self._store.mark(number)

    def keep(self, record: MarkRecord) -> MarkRecord:
        """A new one."""
        kept = self._store.add_mark(record)
        self._read_anew()
        return kept

    def end(self, number: int, by: str) -> MarkRecord:
        """It counts no longer; one that has ended stays as it is."""
        record = self._store.mark(number)
        if record.ended_at is None:
            record = msgspec.structs.replace(record, ended_at=self._clock.time(), ended_by=by)
            self._store.put_mark(record)
            self._read_anew()
        return record

    def _open(self) -> Mapping[str, Sequence[Mark]]:
        kept, changes = self._by_device, self._changes
        if kept is None:
            found: dict[str, list[Mark]] = {}
            for record in self._store.marks(open_at=self._clock.time()):
                found.setdefault(record.device, []).append(as_mark(record))
            kept = found
            if changes == self._changes:  # else another thread has changed them meanwhile
                self._by_device = kept
        return kept

    def _read_anew(self) -> None:
        """Now, and for other threads once it is on disk: until then they read what was."""
        self._forget()
        self._store.after_commit(self._forget)

    def _forget(self) -> None:
        self._changes += 1
        self._by_device = None


def as_mark(record: MarkRecord) -> Mark:
    """A kept one, as notices are marked by it."""
    return Mark(
        number=record.id,
        kind=record.kind,
        device=record.device,
        notice=record.notice,
        reason=record.reason,
        by=record.by,
        until=record.until,
    )
