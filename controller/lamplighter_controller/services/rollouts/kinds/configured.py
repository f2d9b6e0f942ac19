"""Rollouts of settings and of streets: devices get new versions of their configurations."""

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import msgspec
from lamplighter_wire.messages import Configured, Street, Telemetry
from lamplighter_wire.policy.device_settings import DeviceSettings, given
from lamplighter_wire.street.problems import street_problem

from lamplighter_controller.domain.rollouts.changes.settings import SettingsChange
from lamplighter_controller.domain.rollouts.changes.street import StreetChange
from lamplighter_controller.domain.rollouts.rollout import Rollout, Target
from lamplighter_controller.domain.rollouts.state_machine import Seen
from lamplighter_controller.domain.streams import told_streams
from lamplighter_controller.errors import InvalidError, NotFoundError
from lamplighter_controller.services.configurations.device_configurations import (
    DeviceConfigurations,
    cameras_of,
    configured_of,
)
from lamplighter_controller.services.configurations.street_fit import fit_problem
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.records import DeviceRecord, DeviceState

C = TypeVar("C", SettingsChange, StreetChange)


class ConfiguredKind(ABC, Generic[C]):
    """Implements `ChangeKind`. Each order is a new version, so that it is looked at anew; what a
    device had goes back as a new version, too."""

    def __init__(self, store: DeviceStore, configurations: DeviceConfigurations) -> None:
        self._store, self._configurations = store, configurations

    @abstractmethod
    def check(self, change: C) -> None: ...

    @abstractmethod
    def _is_in(self, change: C, wanted: ConfigurationRecord) -> bool:
        """Whether a version holds it."""

    @abstractmethod
    def _former(self, wanted: ConfigurationRecord) -> dict[str, Any]:
        """What of a version it takes the place of."""

    @abstractmethod
    def _put(self, change: C, target: Target, by: str) -> ConfigurationRecord: ...

    @abstractmethod
    def _put_back(self, change: C, target: Target, by: str) -> None: ...

    @abstractmethod
    def _not_understood(self, change: C, configured: Configured) -> str:
        """What of it an older agent has passed over, in words."""

    @abstractmethod
    def _before(self, change: C, wanted: ConfigurationRecord) -> str: ...

    def had_it(self, change: C, record: DeviceRecord, state: DeviceState) -> bool:  # noqa: ARG002
        wanted = self._configurations.of(record.id)
        return self._is_in(change, wanted) and configured_of(record).version == wanted.version

    def why_not(self, change: C, record: DeviceRecord) -> str:  # noqa: ARG002
        if record.capabilities is not None and record.capabilities.configured is None:
            return "its agent cannot be set from afar; update it"
        return ""

    def before(self, change: C, record: DeviceRecord, state: DeviceState) -> str:  # noqa: ARG002
        return self._before(change, self._configurations.of(record.id))

    def tell(self, change: C, rollout: Rollout, target: Target) -> Target:
        if self._is_retired(target):  # it fails at the next look
            return target
        wanted = self._configurations.of(target.device)
        former = target.former
        if former is None or not self._is_in(change, wanted):
            former = self._former(wanted)
        kept = self._put(change, target, _by(rollout))
        return msgspec.structs.replace(target, former=former, version=kept.version)

    def take_back(self, change: C, rollout: Rollout, target: Target) -> None:
        if target.former is not None and not self._is_retired(target):
            self._put_back(change, target, _by(rollout))

    def follow(self, change: C, rollout: Rollout, device: str) -> None:
        """It was published with the commit."""

    def seen(self, change: C, target: Target, record: DeviceRecord) -> Seen:
        configured = configured_of(record)
        if configured.refused == target.version:
            return Seen(failure=f"refused: {configured.detail}")
        if configured.version < target.version:
            return Seen()
        passed_over = self._not_understood(change, configured)
        if passed_over:
            return Seen(failure=passed_over)
        return Seen(serves=self._is_in(change, self._configurations.of(record.id)))

    def _is_retired(self, target: Target) -> bool:
        return self._store.device(target.device).retired_at is not None

    def is_past(self, change: C, target: Target, window: Telemetry) -> bool:  # noqa: ARG002
        """By versions, so that the device's clock plays no part."""
        return window.configuration < target.version

    def is_since(self, change: C, target: Target, window: Telemetry) -> bool:  # noqa: ARG002
        return window.configuration >= target.version


class SettingsKind(ConfiguredKind[SettingsChange]):
    """Of settings."""

    def check(self, change: SettingsChange) -> None:
        if not given(change.settings):
            raise InvalidError("no setting is given; name one, such as fps_cap=8")

    def _is_in(self, change: SettingsChange, wanted: ConfigurationRecord) -> bool:
        return change.is_in(wanted.settings)

    def _former(self, wanted: ConfigurationRecord) -> dict[str, Any]:
        return {"settings": msgspec.to_builtins(wanted.settings)}

    def _put(self, change: SettingsChange, target: Target, by: str) -> ConfigurationRecord:
        settings = change.over(self._configurations.of(target.device).settings)
        return self._configurations.set_settings(target.device, settings, by)

    def _put_back(self, change: SettingsChange, target: Target, by: str) -> None:
        former = msgspec.convert((target.former or {}).get("settings", {}), DeviceSettings)
        now = self._configurations.of(target.device).settings
        back = change.taken_from(now, former)
        if back != now:
            self._configurations.set_settings(target.device, back, by, f"back, {target.reason}")

    def _not_understood(self, change: SettingsChange, configured: Configured) -> str:
        names = [name for name in given(change.settings) if name not in given(configured.settings)]
        return f"its agent does not know {', '.join(names)}; update it" if names else ""

    def _before(self, change: SettingsChange, wanted: ConfigurationRecord) -> str:
        return change.former_words(wanted.settings)


class StreetKind(ConfiguredKind[StreetChange]):
    """Of streets."""

    def check(self, change: StreetChange) -> None:
        if not change.streets:
            raise InvalidError("no street is given; name a folder with a file for each device")
        for device, street in change.streets.items():
            record, before = self._device(device), self._configurations.of(device).street
            problem = street_problem(street, told_streams(record.capabilities))
            problem = problem or fit_problem(street, before, cameras_of(record))
            if problem:
                raise InvalidError(f"street of {device}: {problem}")

    def why_not(self, change: StreetChange, record: DeviceRecord) -> str:
        if record.id not in change.streets:
            return "no street was drawn for it"
        return super().why_not(change, record)

    def _device(self, device: str) -> DeviceRecord:
        try:
            return self._store.device(device)
        except NotFoundError as error:
            raise InvalidError(f"street of {device}: {error}") from error

    def _is_in(self, change: StreetChange, wanted: ConfigurationRecord) -> bool:
        return wanted.street is not None and wanted.street == change.streets.get(wanted.device)

    def _former(self, wanted: ConfigurationRecord) -> dict[str, Any]:
        return {"street": msgspec.to_builtins(wanted.street)}

    def _put(self, change: StreetChange, target: Target, by: str) -> ConfigurationRecord:
        street = change.streets[target.device]
        return self._configurations.set_street(target.device, street, by)

    def _put_back(self, change: StreetChange, target: Target, by: str) -> None:
        """What somebody has drawn since stays."""
        if not self._is_in(change, self._configurations.of(target.device)):
            return
        former = msgspec.convert((target.former or {}).get("street"), Street | None)
        self._configurations.set_street(target.device, former, by, f"back, {target.reason}")

    def _not_understood(self, change: StreetChange, configured: Configured) -> str:  # noqa: ARG002
        return ""

    def _before(self, change: StreetChange, wanted: ConfigurationRecord) -> str:  # noqa: ARG002
        return f"street {wanted.street_version}" if wanted.street_version else "own lines"


def _by(rollout: Rollout) -> str:
    return f"rollout {rollout.name}"
