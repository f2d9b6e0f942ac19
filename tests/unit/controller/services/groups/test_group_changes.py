"""Whom another query would bring into a group and take out; deleting at a version."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.groups.groups import MOST_LISTED
from lamplighter_controller.store.records import DeviceRecord

from tests.simulators.controller_rig import Rig, spec

MANY = MOST_LISTED + 100


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0)])
    yield made
    made.close()


def add(rig: Rig, names: list[str], site: str) -> None:
    with rig.store.transaction():
        for name in names:
            rig.store.add_device(DeviceRecord(id=name, site=site))


def test_one_that_joins_many_drives_nobody_out(rig: Rig) -> None:
    add(rig, [f"cam-{number:04d}" for number in range(MANY)], "north")
    add(rig, ["a-box"], "south")  # before all by name: the first lists differ at both ends
    found = rig.services.groups.preview("site=north or id=a-box", "site=north")
    assert (found.matched, len(found.devices)) == (MANY + 1, MOST_LISTED)
    assert (found.entering, found.enters) == (1, ["a-box"])
    assert (found.leaving, found.leaves) == (0, [])


def test_of_many_that_leave_all_are_counted_and_some_named(rig: Rig) -> None:
    add(rig, [f"cam-{number:04d}" for number in range(MANY)], "north")
    found = rig.services.groups.preview("id=cam-0001", "site=north")
    assert (found.leaving, len(found.leaves)) == (MANY - 1, MOST_LISTED)
    assert found.leaves[:2] == ["cam-0000", "cam-0002"]


def test_a_group_is_deleted_as_it_was_seen(rig: Rig) -> None:
    rig.services.groups.create("north", "site=north")
    seen = rig.store.group("north").version
    rig.services.groups.change("north", "site", "")
    with pytest.raises(ConflictError, match="read it again"):
        rig.services.groups.delete("north", seen)
    assert rig.services.groups.delete("north", seen + 1).query == "site"
