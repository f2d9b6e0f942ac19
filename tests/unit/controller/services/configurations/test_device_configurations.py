"""How devices are set: kept, published signed, and told again until they know."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.services.configurations import device_configurations
from lamplighter_controller.services.configurations.settings_changes import changed_settings
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Configured, Envelope, Street, StreetLine, StreetPosition
from lamplighter_wire.policy.device_settings import DeviceSettings

from tests.simulators.configured_fleet import ConfiguredFleet
from tests.simulators.rollout_fleet import OLD

STREET = Street(lines=[StreetLine(name="north", ends=((0, 0), (9, 9)))])


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[ConfiguredFleet]:
    made = ConfiguredFleet(tmp_path, [OLD], count=2)
    yield made
    made.rig.close()


def test_settings_and_street_have_versions_of_their_own(fleet: ConfiguredFleet) -> None:
    configurations = fleet.rig.services.configurations
    configurations.set_street("cam-0", STREET, "ops", "drawn")
    configurations.set_settings("cam-0", DeviceSettings(fps_cap=7.0), "ops")
    said = fleet.told("cam-0")
    assert said is not None
    assert (said.version, said.settings_version, said.street_version) == (2, 2, 1)
    assert (said.settings.fps_cap, said.street) == (7.0, STREET)
    assert fleet.told("cam-1") is None
    kept = fleet.rig.store.configurations("cam-0", 9)
    assert [(one.version, one.reason) for one in kept] == [(2, ""), (1, "drawn")]


def test_a_street_that_is_set_already_keeps_its_version(fleet: ConfiguredFleet) -> None:
    configurations = fleet.rig.services.configurations
    assert configurations.draw_street("cam-0", STREET, "ops").version == 1
    assert configurations.draw_street("cam-0", STREET, "ops").version == 1
    assert len(fleet.rig.store.configurations("cam-0", 9)) == 1
    said = msgspec.structs.replace(fleet.capabilities("cam-0"), configured=Configured(refused=1))
    fleet.rig.store.update_device("cam-0", capabilities=said)
    assert configurations.draw_street("cam-0", STREET, "ops").version == 2, "it may take it now"
    with pytest.raises(ConflictError, match="set at version 2"):
        configurations.draw_street("cam-0", STREET, "ops", "", 1)


def test_counts_keep_their_version_while_they_are_made_on_the_same_lines(
    fleet: ConfiguredFleet,
) -> None:
    configurations = fleet.rig.services.configurations
    configurations.draw_street("cam-0", STREET, "ops")
    place = [StreetPosition(latitude=52.0, longitude=10.0)]
    moved = msgspec.structs.replace(STREET, camera="gate", positions=place)
    kept = configurations.draw_street("cam-0", moved, "ops")
    assert (kept.version, kept.street_version, kept.street) == (2, 1, moved)
    turned = msgspec.structs.replace(moved, turns=True)
    assert configurations.draw_street("cam-0", turned, "ops").street_version == 3
    assert configurations.draw_street("cam-0", None, "ops").street_version == 4


def test_who_has_not_answered_is_told_again(fleet: ConfiguredFleet) -> None:
    fleet.rig.services.configurations.set_settings("cam-0", DeviceSettings(fps_cap=7.0), "ops")
    fleet.restart()  # at another broker nothing is retained
    assert fleet.told("cam-0") is not None, "after a start"
    fleet.rig.broker.log.clear()
    fleet.update_agent("cam-0", "1.1")
    assert fleet.told("cam-0") is not None, "when it says what it is, and does not know"
    fleet.obey()
    fleet.rig.broker.log.clear()
    fleet.update_agent("cam-0", "1.2")
    fleet.rig.services.configurations.publish_unknown()
    assert fleet.told("cam-0") is None, "it knows"


def test_after_a_restored_backup_it_goes_on_behind_what_the_device_knows(
    fleet: ConfiguredFleet,
) -> None:
    said = msgspec.structs.replace(fleet.capabilities("cam-0"), configured=Configured(version=9))
    fleet.rig.store.update_device("cam-0", capabilities=said)
    fleet.rig.services.configurations.set_settings("cam-0", DeviceSettings(fps_cap=7.0), "ops")
    told = fleet.told("cam-0")
    assert told is not None
    assert told.version == 10


def test_a_retired_device_is_told_nothing_more(fleet: ConfiguredFleet) -> None:
    configurations = fleet.rig.services.configurations
    configurations.set_settings("cam-0", DeviceSettings(fps_cap=7.0), "ops")
    fleet.rig.services.retirements.retire("cam-0", None)
    fleet.rig.outbound.flush()
    assert [payload for topic, payload in fleet.rig.broker.log if topic.endswith("configuration")][
        -1
    ] == b""
    with pytest.raises(ConflictError, match="retired"):
        configurations.set_street("cam-0", STREET, "ops")


def test_who_has_read_an_older_version_does_not_overwrite(fleet: ConfiguredFleet) -> None:
    configurations = fleet.rig.services.configurations
    configurations.set_settings("cam-0", DeviceSettings(fps_cap=7.0), "ops")
    with pytest.raises(ConflictError, match="set at version 1; read it again"):
        configurations.set_street("cam-0", STREET, "ops", "", 0)


def test_settings_are_named_checked_and_unset() -> None:
    before = DeviceSettings(fps_cap=7.0, log_level="debug")
    after = changed_settings(before, {"fps_cap": None, "telemetry_s": "5"})
    assert after == DeviceSettings(log_level="debug", telemetry_s=5.0)
    with pytest.raises(InvalidError, match=r"'fps_cpa' is no setting .* did you mean 'fps_cap'"):
        changed_settings(before, {"fps_cpa": 3})
    with pytest.raises(InvalidError, match="log_level"):
        changed_settings(before, {"log_level": "loud"})


def test_when_another_key_signs_all_are_published_again(fleet: ConfiguredFleet) -> None:
    fleet.rig.services.configurations.set_settings("cam-0", DeviceSettings(fps_cap=7.0), "ops")
    fleet.obey()
    fleet.rig.broker.log.clear()
    fleet.rig.services.signing.rotate()
    fleet.rig.services.signing.switch(leave_behind=True)
    fleet.rig.settle()
    fleet.rig.outbound.flush()
    (sent,) = [data for topic, data in fleet.rig.broker.log if topic.endswith("/configuration")]
    key = fleet.rig.services.signing.standing().key
    assert decode(sent, Envelope).key_id == key


def test_only_devices_that_are_there_are_told_again_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_configurations, "PAGE", 2)
    fleet = ConfiguredFleet(tmp_path, [OLD], count=5)
    for name in fleet.names:
        fleet.rig.services.configurations.set_settings(name, DeviceSettings(fps_cap=7.0), "ops")
    fleet.rig.services.retirements.retire("cam-1", None)
    fleet.rig.outbound.flush()
    fleet.rig.broker.log.clear()
    fleet.rig.services.configurations.publish_unknown()
    assert {name for name in fleet.names if fleet.told(name)} == {*fleet.names} - {"cam-1"}
    fleet.rig.close()


def test_whoever_has_a_released_name_next_is_not_set_as_the_former_device(
    fleet: ConfiguredFleet,
) -> None:
    configurations = fleet.rig.services.configurations
    configurations.set_street("cam-0", STREET, "ops")
    configurations.end("cam-0")
    configurations.end("cam-1")
    now = configurations.of("cam-0")
    assert (now.version, now.street, now.settings) == (2, None, DeviceSettings())
    assert configurations.of("cam-1").version == 0
    assert fleet.rig.store.configurations("cam-0", 9)[-1].street == STREET
