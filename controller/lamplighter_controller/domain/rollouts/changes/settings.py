"""A rollout of settings: all devices get the same values, over what else is set of each."""

import msgspec
from lamplighter_wire.policy.device_settings import DeviceSettings, given, with_changes

from lamplighter_controller.domain.rollouts.gates import FIGURES


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
    """What it brings; what is None stays as it is on each device."""

    settings: DeviceSettings

    @property
    def text(self) -> str:
        """In words, for people."""
        return f"settings {words_of(self.settings)}"

    @property
    def figures(self) -> tuple[str, ...]:
        """By which canaries are judged."""
        return FIGURES

    def is_in(self, settings: DeviceSettings) -> bool:
        """Whether settings hold all that it brings."""
        return with_changes(settings, self.settings) == settings

    def over(self, settings: DeviceSettings) -> DeviceSettings:
        """A device's settings with it."""
        return with_changes(settings, self.settings)

    def taken_from(self, settings: DeviceSettings, former: DeviceSettings) -> DeviceSettings:
        """The former values of what it brought; what somebody has set since stays."""
        brought = given(self.settings)
        back = {
            name: getattr(former, name)
            for name, value in brought.items()
            if getattr(settings, name) == value
        }
        return msgspec.structs.replace(settings, **back)

    def former_words(self, former: DeviceSettings) -> str:
        """What of a device it takes the place of."""
        values = {name: getattr(former, name) for name in given(self.settings)}
        return ", ".join(f"{name}={_word(value)}" for name, value in values.items())


def words_of(settings: DeviceSettings) -> str:
    """As they are written at the command line."""
    return ", ".join(f"{name}={_word(value)}" for name, value in given(settings).items())


def _word(value: object) -> str:
    """None: as the device's own settings say."""
    if value is None:
        return "own"
    return str(value).lower() if isinstance(value, bool) else str(value)
