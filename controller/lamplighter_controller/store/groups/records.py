"""What the store keeps of groups, and of what operators have set by hand."""

from lamplighter_controller.domain.overrides.overrides import OverrideKind
from lamplighter_controller.store.records import Record


class GroupRecord(Record, frozen=True, kw_only=True):
    """Devices that a query names, under a name of their own."""

    name: str
    query: str
    about: str = ""
    version: int = 1
    changed_at: float = 0.0


class OverrideRecord(Record, frozen=True, kw_only=True):
    """What an operator has set for a device or a group by hand, and when it ended."""

    id: int = 0
    kind: OverrideKind
    scope: str  # device:ID or group:NAME
    target: str = ""
    reason: str = ""
    by: str = ""
    at: float = 0.0
    until: float = 0.0
    ended_at: float | None = None
    ended_by: str = ""
