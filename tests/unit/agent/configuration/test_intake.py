"""Which configurations a device takes, keeps and goes on with after a start."""

from pathlib import Path
from typing import Any

import pytest
from lamplighter_agent.configuration.in_force import SettingsInForce
from lamplighter_agent.configuration.intake import ConfigurationIntake, at_start
from lamplighter_agent.configuration.kept_configuration import FILE, KeptConfiguration
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Configuration, Configured, Desired, Envelope
from lamplighter_wire.policy.device_settings import DeviceSettings
from lamplighter_wire.signing import KeySet, SigningKey, seal

KEY, STRANGER = SigningKey.generate(), SigningKey.generate()


class Told:
    """The reporter's part that an intake uses: it does at once what is for later."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def later(self, work: Any) -> None:
        work()

    def event(self, kind: str, *_more: Any) -> None:
        self.kinds.append(kind)


class Device:
    """One start of an agent over a folder."""

    def __init__(
        self, folder: Path, own: AgentSettings | None = None, keys: KeySet | None = None
    ) -> None:
        own = own or AgentSettings()
        self.keys, self.told = keys or KeySet.of(KEY), Told()
        self.kept = KeptConfiguration(folder, lambda: self.keys, "cam-1")
        self.in_force, self.configured = at_start(own, self.kept)
        reporter: Any = self.told
        self._intake = ConfigurationIntake(
            own, self.in_force, self.configured, self.kept, self._adopt, self._tell, reporter
        )

    def _adopt(self, in_force: SettingsInForce) -> None:
        assert self.kept.read() is not None, "it is kept before it counts"
        self.in_force = in_force

    def _tell(self, configured: Configured, _settings: AgentSettings) -> None:
        self.configured = configured

    def hear(self, version: int, key: SigningKey = KEY, device: str = "cam-1", **s: Any) -> None:
        said = Configuration(device=device, version=version, settings=DeviceSettings(**s))
        self._intake.receive(decode(seal(said, key), Envelope))

    def follow_to(self, keys: KeySet) -> None:
        self.keys = keys
        self._intake.again()

    def hear_desired(self) -> None:
        said = Desired(device="cam-1", revision=7)
        self._intake.receive(decode(seal(said, KEY), Envelope))


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_what_is_taken_counts_at_once_and_after_the_next_start(
    device: Device, tmp_path: Path
) -> None:
    device.hear(3, fps_cap=7.0)
    assert (device.in_force.settings.fps_cap, device.configured.version) == (7.0, 3)
    again = Device(tmp_path)
    assert (again.in_force.settings.fps_cap, again.configured.version) == (7.0, 3)


def test_it_comes_with_each_connection_and_an_older_one_does_not_count(device: Device) -> None:
    device.hear(3, fps_cap=7.0)
    device.hear(3, fps_cap=7.0)
    device.hear(2, fps_cap=9.0)
    assert device.told.kinds == ["configured"]
    assert device.in_force.settings.fps_cap == 7.0


def test_what_does_not_fit_is_refused_as_a_whole_with_the_reason(device: Device) -> None:
    device.hear(3, fps_cap=7.0)
    device.hear(4, fps_cap=6.0, share_pictures=True)
    assert device.in_force.settings.fps_cap == 7.0
    assert (device.configured.version, device.configured.refused) == (3, 4)
    assert "share_pictures" in device.configured.detail
    device.hear(5, fps_cap=6.0)
    assert (device.configured.version, device.configured.refused) == (5, 0)


def test_what_was_refused_is_refused_once_however_often_it_comes(device: Device) -> None:
    for _connection in range(3):
        device.hear(3, share_pictures=True)
    device.hear(2, fps_cap=6.0)
    assert device.told.kinds == ["configuration_refused"]
    assert (device.in_force.version, device.configured.refused) == (0, 3)


def test_what_could_not_be_kept_is_tried_again_when_it_comes_again(
    device: Device, tmp_path: Path
) -> None:
    (tmp_path / FILE).mkdir()
    device.hear(3, fps_cap=7.0)
    assert device.configured.refused == 3
    (tmp_path / FILE).rmdir()
    device.hear(3, fps_cap=7.0)
    assert device.in_force.version == 3


@pytest.mark.parametrize("of", [{"key": STRANGER}, {"device": "cam-2"}, {"version": 0}])
def test_what_is_not_believed_changes_nothing(device: Device, of: dict[str, Any]) -> None:
    device.hear(**({"version": 3, "fps_cap": 7.0} | of))
    assert device.told.kinds == ["configuration_refused"]
    assert (device.in_force.version, device.configured) == (0, Configured())


def test_another_signed_document_is_no_configuration(device: Device) -> None:
    device.hear_desired()
    assert device.told.kinds == ["configuration_refused"]


def test_the_owner_who_sets_less_since_has_the_last_word(device: Device, tmp_path: Path) -> None:
    device.hear(3, power_budget_w=9.0)
    again = Device(tmp_path, AgentSettings(power_budget_w=5.0))
    assert again.in_force.settings.power_budget_w == 5.0
    assert (again.configured.version, again.configured.refused) == (0, 3)
    again.hear(2, fps_cap=7.0)
    again.hear(3, power_budget_w=9.0)
    assert again.told.kinds == [], "an older one is none, and the kept one was refused at the start"


def test_a_damaged_file_is_none(device: Device, tmp_path: Path) -> None:
    device.hear(3, fps_cap=7.0)
    (tmp_path / FILE).write_bytes(b"{")
    again = Device(tmp_path)
    assert again.in_force.version == 0
    again.hear(3, fps_cap=7.0)
    assert again.in_force.version == 3


def test_one_that_came_before_the_key_that_signed_it_counts_once_that_key_does(
    device: Device,
) -> None:
    device.hear(3, STRANGER, fps_cap=7.0)
    device.follow_to(KeySet.of(STRANGER))
    assert device.told.kinds == ["configuration_refused", "configured"]
    assert device.in_force.settings.fps_cap == 7.0


def test_what_is_kept_counts_though_its_key_has_ended(device: Device, tmp_path: Path) -> None:
    device.hear(3, fps_cap=7.0)
    ended = KeySet(KeySet.of(STRANGER).keys, KeySet.of(KEY).keys)
    again = Device(tmp_path, keys=ended)
    assert again.in_force.settings.fps_cap == 7.0
    again.hear(4, fps_cap=9.0)
    assert again.told.kinds == ["configuration_refused"], "a later one of that key does not"
