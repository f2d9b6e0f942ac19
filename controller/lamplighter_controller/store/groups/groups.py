"""Groups of devices."""

import sqlalchemy as sa

from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.groups.records import GroupRecord
from lamplighter_controller.store.groups.tables import device_groups
from lamplighter_controller.store.rows import record_row


class SqlGroups(Part):
    """Implements `GroupStore`."""

    def groups(self) -> list[GroupRecord]:
        query = sa.select(device_groups).order_by(device_groups.c.name)
        return self._database.all(GroupRecord, query)

    def group(self, name: str) -> GroupRecord:
        query = sa.select(device_groups).where(device_groups.c.name == name)
        record = self._database.first(GroupRecord, query)
        if record is None:
            raise NotFoundError(f"no group {name!r}; see: lamplighter group list")
        return record

    def add_group(self, group: GroupRecord) -> None:
        try:
            self._database.add(device_groups, group)
        except sa.exc.IntegrityError as error:
            text = f"there is a group {group.name!r} already; delete it, or take another name"
            raise ConflictError(text) from error

    def change_group(self, group: GroupRecord, expected_version: int) -> None:
        columns = device_groups.c
        where = (columns.name == group.name, columns.version == expected_version)
        query = sa.update(device_groups).where(*where).values(**record_row(group))
        with self._database.transaction() as connection:
            changed = connection.execute(query).rowcount
        if not changed:
            raise ConflictError(
                f"group {group.name!r} is not at version {expected_version}; read it again"
            )

    def delete_group(self, name: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(device_groups).where(device_groups.c.name == name))
