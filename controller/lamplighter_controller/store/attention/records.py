"""What the store keeps of what operators have said of notices."""

from lamplighter_controller.domain.attention.marks import MarkKind
from lamplighter_controller.store.records import Record


class MarkRecord(Record, frozen=True, kw_only=True):
    """An acknowledgement or a mute, and when it ended."""

    id: int = 0
    kind: MarkKind
    device: str
    notice: str = ""  # kind of the notices; empty: all of the device
    reason: str = ""
    by: str = ""
    at: float = 0.0
    until: float = 0.0  # 0: until the notice has gone
    ended_at: float | None = None
    ended_by: str = ""
