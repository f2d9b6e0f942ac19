"""What the store keeps of groups."""

from lamplighter_controller.store.records import Record


class GroupRecord(Record, frozen=True, kw_only=True):
    """Devices that a query names, under a name of their own."""

    name: str
    query: str
    about: str = ""
    version: int = 1
    changed_at: float = 0.0
