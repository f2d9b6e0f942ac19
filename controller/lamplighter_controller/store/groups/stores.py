"""What the controller asks of its database about groups."""

from typing import Protocol

from lamplighter_controller.store.groups.records import GroupRecord


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
