"""What counts of a device's own settings and of what the controller sets."""

import pytest
from lamplighter_agent.configuration.in_force import settings_in_force
from lamplighter_agent.own_street import CountDistance, CountLine, CountZone, Mask
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.messages import (
    Configuration,
    Street,
    StreetDistance,
    StreetLine,
    StreetMask,
    StreetPosition,
    StreetZone,
)
from lamplighter_wire.policy.device_settings import DeviceSettings

OWN = AgentSettings(
    source="a", fps_cap=12.0, power_budget_w=8.0, lines=(CountLine("old", 0, 0, 1, 1),)
)
LINE = StreetLine(name="north", ends=((10, 0), (10, 90)))
ZONE = StreetZone(name="square", corners=[(0, 0), (0, 50), (50, 50), (50, 0)])


def ordered(street: Street | None = None, **settings: object) -> Configuration:
    return Configuration(
        device="cam-1",
        version=4,
        settings=DeviceSettings(**settings),  # type: ignore[arg-type]
        settings_version=3,
        street=street,
        street_version=4,
    )


def test_what_is_not_set_stays_as_the_device_has_it() -> None:
    found = settings_in_force(OWN, ordered(fps_floor=2.0))
    assert (found.settings.fps_floor, found.settings.fps_cap) == (2.0, 12.0)
    assert found.settings.lines == OWN.lines
    assert (found.version, found.settings_version, found.street_version) == (4, 3, 4)
    assert found.configured.settings == DeviceSettings(fps_floor=2.0)


def test_a_street_takes_the_place_of_the_devices_own_lines() -> None:
    street = Street(camera="north side", width=100, height=100, lines=[LINE], zones=[ZONE])
    found = settings_in_force(OWN, ordered(street)).settings
    assert found.lines == (CountLine("north", 10, 0, 10, 90),)
    assert found.zones == (CountZone("square", ((0, 0), (0, 50), (50, 50), (50, 0))),)
    assert (found.camera, found.camera_width, found.camera_height) == ("north side", 100, 100)
    assert settings_in_force(OWN, ordered(Street())).settings.lines == (), "none at all"


def test_distances_come_and_go_with_the_lines_that_they_are_between() -> None:
    south = StreetLine(name="south", ends=((10, 90), (90, 90)))
    between = StreetDistance(first="north", second="south", distance_m=20.0)
    street = Street(lines=[LINE, south], distances=[between])
    found = settings_in_force(OWN, ordered(street)).settings
    assert found.distances == (CountDistance("north", "south", 20.0),)
    assert found.of_stream("").distances == found.distances
    assert settings_in_force(found, ordered(Street())).settings.distances == ()
    with pytest.raises(SettingsError, match="names 'south', which is no line"):
        settings_in_force(OWN, ordered(Street(lines=[LINE], distances=[between])))


def test_masks_come_and_go_with_the_street_that_they_are_drawn_in() -> None:
    corners = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    street = Street(
        masks=[StreetMask(name="garden", corners=list(corners))],
        positions=[StreetPosition(latitude=52.27, longitude=10.53)],
    )
    found = settings_in_force(OWN, ordered(street)).settings
    assert found.masks == found.of_stream("").masks == (Mask("garden", corners),)
    assert found.of_stream("east").masks == ()
    assert settings_in_force(found, ordered(Street())).settings.masks == ()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"power_budget_w": 9.0}, "9 W is more than the 8 W"),
        ({"share_pictures": True}, "share_pictures is off"),
        ({"fps_floor": 13.0}, "fps_floor: 13 is above fps_cap, 12"),
    ],
)
def test_what_the_owner_does_not_permit_is_refused_in_words(
    settings: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        settings_in_force(OWN, ordered(**settings))


def test_the_owner_may_be_kept_to_less() -> None:
    own = AgentSettings(share_pictures=True, power_budget_w=8.0)
    found = settings_in_force(own, ordered(share_pictures=False, power_budget_w=5.0)).settings
    assert (found.share_pictures, found.power_budget_w) == (False, 5.0)


def test_a_line_of_a_camera_that_is_not_there_is_refused() -> None:
    street = Street(lines=[StreetLine(name="n", ends=((0, 0), (1, 1)), stream="east")])
    with pytest.raises(SettingsError, match="'east', which the device lacks"):
        settings_in_force(OWN, ordered(street))
