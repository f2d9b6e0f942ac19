"""The audit log is kept alike by every database."""

import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.store.audit.records import AuditRecord
from lamplighter_controller.store.base import Store


def entry(number: int, who: str = "ops") -> AuditRecord:
    """One as the store sees it."""
    return AuditRecord(
        number=number,
        at=0.1 * number,
        who=who,
        operation="label_device",
        subject="device:cam-1",
        outcome="done",
        text=f'{{"number":{number},"site":"n\\u00f8rth\\u0000"}}',
        hash=f"{number:064x}",
    )


def test_entries_are_read_as_they_were_written_in_either_order(store: Store) -> None:
    assert store.last_audit() is None
    entries = [entry(1), entry(2, "eve"), entry(3)]
    for record in entries:
        store.add_audit(record)
    assert store.last_audit() == entries[2]
    assert store.audit_records() == entries
    assert store.audit_records(after=1, limit=1) == [entries[1]]
    assert store.audit_records(newest_first=True, limit=2) == [entries[2], entries[1]]
    assert store.audit_records(newest_first=True, after=3) == [entries[1], entries[0]]
    assert store.audit_records(where={"who": "eve"}) == [entries[1]]


def test_a_number_is_given_once(store: Store) -> None:
    store.add_audit(entry(1))
    with pytest.raises(ConflictError, match="entry 1 already"):
        store.add_audit(entry(1, "eve"))
    assert store.audit_records() == [entry(1)]
