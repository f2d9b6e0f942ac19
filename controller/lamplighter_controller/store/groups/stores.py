"""What the controller asks of its database about groups and overrides."""

from collections.abc import Callable
from typing import Protocol

from lamplighter_controller.store.groups.records import GroupRecord, OverrideRecord


class GroupStore(Protocol):
    """Groups of devices."""

    def groups(self) -> list[GroupRecord]:
        """All there are, by name."""

    def group(self, name: str) -> GroupRecord:
        """One of them.

        Raises:
            NotFoundError: there is no such group.
        """

    def add_group(self, group: GroupRecord) -> None:
        """Raises ConflictError where the name is taken."""

    def change_group(self, group: GroupRecord, expected_version: int) -> None:
        """What is to stand in a group's place.

        Raises:
            ConflictError: it is at another version.
        """

    def delete_group(self, name: str) -> None: ...


class OverrideStore(Protocol):
    """What operators have set by hand."""

    def overrides(self, *, ended: bool = False, limit: int = 0) -> list[OverrideRecord]:
        """Newest first; with those that have ended, or without. A limit of 0 is none."""

    def override(self, number: int) -> OverrideRecord:
        """One of them.

        Raises:
            NotFoundError: there is no such override.
        """

    def add_override(self, override: OverrideRecord) -> OverrideRecord: ...

    def put_override(self, override: OverrideRecord) -> None: ...

    def after_commit(self, call: Callable[[], object]) -> None:
        """Do it once what this thread has written is on disk, and never if that is undone."""
