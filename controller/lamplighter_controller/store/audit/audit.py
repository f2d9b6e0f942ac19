"""The audit log: entries that are added and read."""

from collections.abc import Mapping

import sqlalchemy as sa

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.store.audit.records import AuditRecord
from lamplighter_controller.store.audit.tables import audit
from lamplighter_controller.store.database import Part


class SqlAudit(Part):
    """Implements `AuditStore`."""

    def add_audit(self, record: AuditRecord) -> None:
        try:
            self._database.add(audit, record)
        except sa.exc.IntegrityError as error:
            text = f"the audit log has an entry {record.number} already; another program writes it"
            raise ConflictError(text) from error

    def last_audit(self) -> AuditRecord | None:
        query = sa.select(audit).order_by(audit.c.number.desc()).limit(1)
        return self._database.first(AuditRecord, query)

    def audit_records(
        self,
        *,
        after: int = 0,
        limit: int = 0,
        newest_first: bool = False,
        where: Mapping[str, str] | None = None,
    ) -> list[AuditRecord]:
        number = audit.c.number
        query = sa.select(audit).limit(limit or None)
        if newest_first:
            query = query.order_by(number.desc())
            query = query.where(number < after) if after else query
        else:
            query = query.order_by(number).where(number > after)
        for name, value in (where or {}).items():
            query = query.where(audit.c[name] == value)
        return self._database.all(AuditRecord, query)
