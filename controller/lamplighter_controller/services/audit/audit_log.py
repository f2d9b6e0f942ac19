"""The audit log: who changed what, from where, with what was there before and after.

An entry is kept by the same commit as the change: where it cannot be, nothing is changed.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lamplighter_wire.clock import Clock
from lamplighter_wire.words.printable import one_line

from lamplighter_controller.domain.audit.chain import (
    GENESIS,
    AuditEntry,
    AuditOutcome,
    Head,
    Link,
    Verdict,
    linked,
    verified,
)
from lamplighter_controller.services.audit.head_file import HeadFile
from lamplighter_controller.store.audit.records import AuditRecord
from lamplighter_controller.store.audit.stores import AuditStore
from lamplighter_controller.store.base import DeviceStore

log = logging.getLogger(__name__)
T = TypeVar("T")
Document = dict[str, Any]
MOST_CHARS = 500
READ_ROWS = 1000
CONTROLLER = "controller"
"""Who does what nobody has asked for."""


class AuditedStore(AuditStore, DeviceStore, Protocol):
    """Entries, and the transactions that they share with what they are about."""


@dataclass(frozen=True)
class Attempt:
    """Who wants what, and from where: see `AuditEntry`."""

    operation: str
    subject: str = ""
    who: str = ""
    address: str = ""


class AuditLog:
    """Safe to use from any thread."""

    def __init__(self, store: AuditedStore, clock: Clock, head: HeadFile) -> None:
        self._store, self._clock, self._head = store, clock, head

    def change(
        self,
        attempt: Attempt,
        act: Callable[[], T],
        state: Callable[[], Document | None] | None = None,
        shown: Callable[[T], Document | None] | None = None,
    ) -> T:
        """Do it and note it, both or neither.

        Args:
            state: what there is of the subject, asked before and after.
            shown: in the place of what is there after, of what the call has answered.

        Raises:
            StoreError: it cannot be noted, and is not done.
        """
        with self._store.transaction():
            before = state() if state else None
            answer = act()
            after = shown(answer) if shown else state() if state else None
            self.note(attempt, before=before, after=after)
        return answer

    def note(
        self,
        attempt: Attempt,
        outcome: AuditOutcome = AuditOutcome.DONE,
        reason: str = "",
        *,
        before: Document | None = None,
        after: Document | None = None,
        times: int = 1,
    ) -> None:
        """Add an entry.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._store.transaction():
            last = self._store.last_audit()
            entry = AuditEntry(
                number=last.number + 1 if last else 1,
                at=self._clock.time(),
                who=_text(attempt.who),
                operation=_text(attempt.operation),
                subject=_text(attempt.subject),
                outcome=outcome,
                reason=_text(reason),
                address=_text(attempt.address),
                times=times,
                before=before,
                after=after,
                previous=last.hash if last else GENESIS,
            )
            link = linked(entry)
            self._store.add_audit(_record(entry, link))
            head = Head(link.number, link.hash)
            self._store.after_commit(lambda: self._noted(entry, head))

    def verify(self, known: Head | None = None) -> Verdict:
        """Whether all entries are there as they were written, up to the last one noted.

        Args:
            known: a head that somebody has kept elsewhere.

        Raises:
            DamagedError: what is noted beside the database cannot be read.
        """
        heads = [head for head in (self._head.read(), known) if head is not None]
        return verified(self._links(), heads)

    def _links(self) -> Iterator[Link]:
        after = 0
        while records := self._store.audit_records(after=after, limit=READ_ROWS):
            for record in records:
                yield Link(record.number, record.text, record.hash)
            after = records[-1].number

    def _noted(self, entry: AuditEntry, head: Head) -> None:
        """The log of the machine is another place in which the head is kept."""
        self._head.write(head)
        what = f"{entry.who} {entry.operation} {entry.subject}"
        log.info("audit %d:%s %s", head.number, head.hash, what)


def _record(entry: AuditEntry, link: Link) -> AuditRecord:
    return AuditRecord(
        number=entry.number,
        at=entry.at,
        who=entry.who,
        operation=entry.operation,
        subject=entry.subject,
        outcome=str(entry.outcome),
        text=link.text,
        hash=link.hash,
    )


def _text(given: str) -> str:
    """A stranger wrote some of it."""
    return one_line(given[:MOST_CHARS])
