"""What the controller asks of its database about marks on notices."""

from collections.abc import Callable
from typing import Protocol

from lamplighter_controller.store.attention.records import MarkRecord


class MarkStore(Protocol):
    """Acknowledgements and mutes. A write counts as one to the device."""

    def marks(self, *, open_at: float | None = None, limit: int = 0) -> list[MarkRecord]:
        """Newest first; all, or those that hold at a time. A limit of 0 is none."""

    def mark(self, number: int) -> MarkRecord:
        """One of them.

        Raises:
            NotFoundError: there is no such mark.
        """

    def add_mark(self, mark: MarkRecord) -> MarkRecord: ...

    def put_mark(self, mark: MarkRecord) -> None: ...

    def after_commit(self, call: Callable[[], object]) -> None:
        """Do it once what this thread has written is on disk, and never if that is undone."""
