"""What the controller asks of its database about how devices are set."""

from typing import Protocol

from lamplighter_controller.store.configurations.records import ConfigurationRecord


class ConfigurationStore(Protocol):
    """Versions of devices' configurations."""

    def configuration(self, device: str) -> ConfigurationRecord | None:
        """The newest version of a device; None: nothing was ever set."""

    def configurations(
        self, device: str, limit: int, before: int | None = None
    ) -> list[ConfigurationRecord]:
        """Its versions, the newest first; those below `before`."""

    def newest_configurations(self, after: str = "", limit: int = 0) -> list[ConfigurationRecord]:
        """The newest version of each device, by id, those behind `after`; a limit of 0 is none."""

    def add_configuration(self, configuration: ConfigurationRecord) -> None:
        """Raises ConflictError where the version is there already."""
