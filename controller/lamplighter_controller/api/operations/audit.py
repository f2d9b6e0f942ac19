"""The audit log: who changed what, and whether the log itself is whole."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import Query, Request
from lamplighter_client.documents import AuditedChange, AuditVerdict

from lamplighter_controller.api.access import services
from lamplighter_controller.api.cursors import Cursor, read_cursor, write_cursor
from lamplighter_controller.api.parameters import MAX_NUMBER, PRINTABLE
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.domain.audit.chain import AuditEntry, Head
from lamplighter_controller.store.audit.records import AuditRecord

routes = Routes("audit", prefix="/audit")
MOST = 1000
AuditLimit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Named = Annotated[str, Query(max_length=200, pattern=PRINTABLE, description="Only of this one.")]


@routes.get("", role="admin")
def list_audit(
    request: Request,
    subject: Named = "",
    who: Named = "",
    outcome: Annotated[
        str, Query(pattern="^(|done|ordered|refused)$", description="Only these.")
    ] = "",
    after: Cursor = "",
    limit: AuditLimit = 100,
) -> Page[AuditedChange]:
    """Changes and refused attempts, newest first."""
    named = {"subject": subject, "who": who, "outcome": outcome}
    where = {column: value for column, value in named.items() if value}
    begin = read_cursor(after, int) or 0
    records = services(request).store.audit_records(
        after=begin, limit=limit + 1, newest_first=True, where=where
    )
    following = write_cursor(records[limit - 1].number) if len(records) > limit else None
    return Page(_documents(records[:limit]), following)


@routes.get("/export", role="admin")
def export_audit(
    request: Request,
    after: Annotated[int, Query(ge=0, le=MAX_NUMBER, description="Those behind this number.")] = 0,
    limit: AuditLimit = MOST,
) -> list[AuditedChange]:
    """Entries by number, with the text that is hashed: to keep them elsewhere and check them."""
    return _documents(services(request).store.audit_records(after=after, limit=limit))


@routes.get("/verify", role="admin")
def verify_audit(
    request: Request,
    known: Annotated[
        str,
        Query(
            pattern="^([0-9]{1,18}:[0-9a-f]{64})?$",
            description="A head that was kept elsewhere, as `NUMBER:HASH`.",
        ),
    ] = "",
) -> AuditVerdict:
    """Whether every entry is there as it was written, and none is cut off at the end."""
    number, _, digest = known.partition(":")
    verdict = services(request).audit.verify(Head(int(number), digest) if known else None)
    return AuditVerdict(
        sound=verdict.is_sound,
        rows=verdict.rows,
        broken=verdict.broken,
        detail=verdict.detail,
        head_number=verdict.head.number,
        head_hash=verdict.head.hash,
    )


def _documents(records: Sequence[AuditRecord]) -> list[AuditedChange]:
    return [_document(record) for record in records]


def _document(record: AuditRecord) -> AuditedChange:
    """What cannot be read is shown as it is: `verify` says what is wrong with it."""
    try:
        entry = msgspec.json.decode(record.text, type=AuditEntry)
    except msgspec.MsgspecError as error:
        reason = f"cannot be read: {error}"
        number, digest = record.number, record.hash
        return AuditedChange(number=number, reason=reason, hash=digest, text=record.text)
    facts = msgspec.structs.asdict(entry)
    return AuditedChange(**facts, hash=record.hash, text=record.text)
