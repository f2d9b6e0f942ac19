"""What the store keeps of how devices are set."""

from lamplighter_wire.messages import Street
from lamplighter_wire.policy.device_settings import DeviceSettings

from lamplighter_controller.store.records import Record


class ConfigurationRecord(Record, frozen=True, kw_only=True):
    """One version of a device's configuration; all are kept, since counts name them.

    Attributes:
        street: None: the lines of the device's own settings.
        settings_version, street_version: in which they changed last; 0: never.
    """

    device: str
    version: int = 0
    settings: DeviceSettings = DeviceSettings()
    settings_version: int = 0
    street: Street | None = None
    street_version: int = 0
    by: str = ""
    reason: str = ""
    at: float = 0.0
