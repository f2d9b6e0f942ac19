"""Groups are kept by name, on every database."""

import msgspec
import pytest
from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.groups.records import GroupRecord

NORTH = GroupRecord(name="north", query="site=north", about="the old town", changed_at=5.0)
PILOT = GroupRecord(name="pilot", query="pilot")


def test_groups_by_name(store: Store) -> None:
    store.add_group(PILOT)
    store.add_group(NORTH)
    assert store.groups() == [NORTH, PILOT]
    assert store.group("north") == NORTH
    store.delete_group("north")
    assert store.groups() == [PILOT]
    with pytest.raises(NotFoundError, match="group list"):
        store.group("north")


def test_a_name_is_taken_once(store: Store) -> None:
    store.add_group(NORTH)
    with pytest.raises(ConflictError, match="already"):
        store.add_group(msgspec.structs.replace(NORTH, query="site=south"))
    assert store.group("north") == NORTH


def test_a_change_of_another_version_is_refused(store: Store) -> None:
    store.add_group(NORTH)
    changed = msgspec.structs.replace(NORTH, query="site=south", version=2)
    store.change_group(changed, 1)
    assert store.group("north") == changed
    with pytest.raises(ConflictError, match="not at version 1"):
        store.change_group(msgspec.structs.replace(changed, version=2), 1)
