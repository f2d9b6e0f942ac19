"""What the store keeps of readers at the broker."""

from lamplighter_controller.store.records import Record


class ReaderRecord(Record, frozen=True, kw_only=True):
    """A certificate with which a program of others reads at the broker."""

    serial: str  # hexadecimal
    name: str
    created_at: float = 0.0
    created_by: str = ""
    ends_at: float = 0.0
    ended_at: float | None = None
