"""What the controller asks of its database about the audit log."""

from collections.abc import Mapping
from typing import Protocol

from lamplighter_controller.store.audit.records import AuditRecord


class AuditStore(Protocol):
    """Entries are added and read, never changed."""

    def add_audit(self, record: AuditRecord) -> None:
        """Behind all others.

        Raises:
            ConflictError: the number is taken.
        """

    def last_audit(self) -> AuditRecord | None:
        """The one that was added last; None: there is none."""

    def audit_records(
        self,
        *,
        after: int = 0,
        limit: int = 0,
        newest_first: bool = False,
        where: Mapping[str, str] | None = None,
    ) -> list[AuditRecord]:
        """By number, those behind the number `after` (before it, newest first; 0: from the end).

        Args:
            where: what columns must be, by name.
        """
