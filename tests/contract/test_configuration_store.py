"""How devices are set is kept version by version, on every database."""

import msgspec
import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.messages import Street, StreetLine
from lamplighter_wire.policy.device_settings import DeviceSettings

STREET = Street(lines=[StreetLine(name="north", ends=((0, 1.5), (2, 3)))])
FIRST = ConfigurationRecord(
    device="cam-1",
    version=1,
    settings=DeviceSettings(fps_cap=7.0),
    settings_version=1,
    by="ops",
    reason="quiet",
    at=5.0,
)
SECOND = msgspec.structs.replace(FIRST, version=2, street=STREET, street_version=2)
OTHER = msgspec.structs.replace(FIRST, device="cam-2", version=4)


def test_all_versions_are_kept_and_the_newest_counts(store: Store) -> None:
    for name in ("cam-1", "cam-2", "cam-3"):
        store.add_device(DeviceRecord(id=name))
    assert store.configuration("cam-1") is None
    for record in (FIRST, OTHER, SECOND):
        store.add_configuration(record)
    assert store.configuration("cam-1") == SECOND
    assert store.configurations("cam-1", 9) == [SECOND, FIRST]
    assert store.configurations("cam-1", 1) == [SECOND]
    assert store.configurations("cam-1", 9, before=2) == [FIRST]
    assert store.newest_configurations() == [SECOND, OTHER]
    assert store.newest_configurations(limit=1) == [SECOND]
    assert store.newest_configurations(after="cam-1") == [OTHER]
    with pytest.raises(ConflictError, match="has a version 2 already"):
        store.add_configuration(SECOND)
