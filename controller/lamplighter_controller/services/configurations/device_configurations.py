"""How devices are set: each change is a new version, kept and then published, signed."""

from collections.abc import Callable, Iterator

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import CameraFacts, Capabilities, Configuration, Configured, Street
from lamplighter_wire.policy.device_settings import DeviceSettings
from lamplighter_wire.signing import seal

from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.configurations.street_fit import fit_problem
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.records import DeviceRecord

PAGE = 200
STREET = "its street (lines, zones, masks)"  # as events tell what is sent


class DeviceConfigurations:
    """Call what changes something on the deciding thread."""

    def __init__(
        self, store: Store, clock: Clock, outbound: Outbound, events: EventLog, signer: Signer
    ) -> None:
        self._store, self._clock = store, clock
        self._outbound, self._events, self._signer = outbound, events, signer

    def of(self, device: str) -> ConfigurationRecord:
        """As it is wanted now; version 0: nothing was ever set."""
        return self._store.configuration(device) or ConfigurationRecord(device=device)

    def set_settings(
        self,
        device: str,
        settings: DeviceSettings,
        by: str,
        reason: str = "",
        expected_version: int | None = None,
    ) -> ConfigurationRecord:
        """In the place of those that were set before; a new version whatever they are.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is retired, or at another version.
        """
        return self._keep(
            device,
            expected_version,
            lambda before, version: msgspec.structs.replace(
                before, settings=settings, settings_version=version, by=by, reason=reason
            ),
            "settings",
        )

    def set_street(
        self,
        device: str,
        street: Street | None,
        by: str,
        reason: str = "",
        expected_version: int | None = None,
    ) -> ConfigurationRecord:
        """The same of the street; None: the device's own lines count again.

        The version that counts are labelled with stays while they are made on the same lines.
        """
        return self._keep(
            device,
            expected_version,
            lambda before, version: msgspec.structs.replace(
                before,
                street=street,
                street_version=before.street_version
                if _counts_alike(before.street, street)
                else version,
                by=by,
                reason=reason,
            ),
            STREET if street is not None else "back to the lines of its own settings",
        )

    def draw_street(
        self,
        device: str,
        street: Street | None,
        by: str,
        reason: str = "",
        expected_version: int | None = None,
    ) -> ConfigurationRecord:
        """The same, but where the device is set so and may take it nothing changes.

        Raises:
            InvalidError: it does not fit the device; names what, and the remedy.
        """
        before, known = self._before(device, expected_version)
        heard = configured_of(known)
        is_known = before.version >= heard.version and not 0 < before.version <= heard.refused
        if before.street == street and is_known:
            return before
        problem = fit_problem(street, before.street, cameras_of(known)) if street else ""
        if problem:
            raise InvalidError(f"street: {problem}")
        return self.set_street(device, street, by, reason, expected_version)

    def end(self, device: str) -> None:
        """Whoever has its name next is not set as it was; what was set stays in the history."""
        before = self._store.configuration(device)
        if before is None:
            return
        version = before.version + 1
        self._store.add_configuration(
            ConfigurationRecord(
                device=device,
                version=version,
                settings_version=version,
                street_version=version,
                by="release of the name",
                at=self._clock.time(),
            )
        )

    def receive_capabilities(self, device: str, capabilities: Capabilities) -> None:
        """What it has in force and what it refused: it is told again what it does not know."""
        configured, wanted = capabilities.configured, self._store.configuration(device)
        if configured is None or wanted is None or knows(configured, wanted):
            return
        self._store.after_commit(lambda: self._publish(wanted))

    def publish_unknown(self) -> None:
        """After a start or a lost connection: whatever a device does not have yet, again."""
        for wanted, record in self._present():
            if not knows(configured_of(record), wanted):
                self._publish(wanted)

    def publish_all(self) -> None:
        """All again, as another key signs now."""
        for wanted, _record in self._present():
            self._publish(wanted)

    def _present(self) -> Iterator[tuple[ConfigurationRecord, DeviceRecord]]:
        """What is wanted of each device that is set and not retired."""
        after = ""
        while page := self._store.newest_configurations(after, PAGE):
            after = page[-1].device
            records = {r.id: r for r in self._store.some_devices([one.device for one in page])}
            for wanted in page:
                record = records.get(wanted.device)
                if record is not None and record.retired_at is None:
                    yield wanted, record

    def _keep(
        self,
        device: str,
        expected_version: int | None,
        change: Callable[[ConfigurationRecord, int], ConfigurationRecord],
        what: str,
    ) -> ConfigurationRecord:
        before, known = self._before(device, expected_version)
        version = 1 + max(before.version, _told_version(known))
        record = msgspec.structs.replace(
            change(before, version), version=version, at=self._clock.time()
        )
        self._store.add_configuration(record)
        text = device_sentences.configured(device, version, record.by, record.reason, what)
        self._events.add(
            ControllerEvent.CONFIGURATION,
            text,
            device=device,
            version=version,
        )
        self._store.after_commit(lambda: self._publish(record))
        return record

    def _before(
        self, device: str, expected_version: int | None
    ) -> tuple[ConfigurationRecord, DeviceRecord]:
        """What is about to be changed, if it may be."""
        before, known = self.of(device), self._store.device(device)
        if known.retired_at is not None:
            raise ConflictError(f"{device} is retired; restore it first")
        if expected_version not in (None, before.version):
            raise ConflictError(f"{device} is set at version {before.version}; read it again")
        return before, known

    def _publish(self, record: ConfigurationRecord) -> None:
        said = Configuration(
            device=record.device,
            version=record.version,
            issued_at=record.at,
            settings=record.settings,
            settings_version=record.settings_version,
            street=record.street,
            street_version=record.street_version,
        )
        self._outbound.configuration(record.device, seal(said, self._signer.key))


def _counts_alike(one: Street | None, other: Street | None) -> bool:
    """Whether counts on both are the same: where the camera stands and its name play no part."""
    return _counted_on(one) == _counted_on(other)


def _counted_on(street: Street | None) -> Street | None:
    if street is None:
        return None
    return msgspec.structs.replace(street, camera="", positions=[])


def _told_version(record: DeviceRecord) -> int:
    """The highest that it knows: after a restored backup, higher than what is kept here."""
    configured = configured_of(record)
    return max(configured.version, configured.refused)


def cameras_of(record: DeviceRecord) -> dict[str, CameraFacts]:
    """What a device has said that its cameras give, by stream."""
    return (record.capabilities or Capabilities()).cameras


def configured_of(record: DeviceRecord) -> Configured:
    """What a device has said of how it is set; version 0 where it has said nothing."""
    return (record.capabilities or Capabilities()).configured or Configured()


def masks_problem(configured: Configured, wanted: ConfigurationRecord) -> str:
    """Why a street that a device has taken is not counted on as drawn; empty: it is."""
    drawn = len(wanted.street.masks) if wanted.street is not None else 0
    has_taken = configured.street_version == wanted.street_version
    if not has_taken or configured.masks >= drawn:
        return ""
    return "its agent knows no masks, and counts who stands in them; install a newer agent"


def knows(configured: Configured, wanted: ConfigurationRecord) -> bool:
    """Whether a device has answered to a version, or to a later one."""
    return max(configured.version, configured.refused) >= wanted.version
