"""What the store keeps of the audit log."""

from lamplighter_controller.store.records import Record


class AuditRecord(Record, frozen=True, kw_only=True):
    """An entry in its canonical text with its hash; the other fields are for queries only."""

    number: int
    at: float
    who: str
    operation: str
    subject: str
    outcome: str
    text: str
    hash: str
