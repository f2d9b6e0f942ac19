"""How devices leave: retired, which can be undone; stolen, which cannot; and their names again."""

from collections.abc import Callable
from functools import partial

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.registering.stores import ClaimStore
from lamplighter_controller.store.token_stores import CertificateStore, TokenStore

RESTORED = "restored"


class Retirements:
    """Call it on the deciding thread.

    `shut_out` ends the connection of a device for good, or lets one in again that is no longer
    retired; it does not wait for that. `end_own_settings` ends what was set for a device.
    `decide`: a device is decided for soon, for a cause.
    """

    def __init__(
        self,
        devices: DeviceStore,
        tokens: TokenStore,
        claims: ClaimStore,
        certificates: CertificateStore,
        clock: Clock,
        outbound: Outbound,
        events: EventLog,
        roster: DeviceRoster,
        deployments: Deployments,
        learning: Learning,
        shut_out: Callable[[str], object],
        end_own_settings: Callable[[str], object],
        decide: Callable[[str, str], object],
    ) -> None:
        self._devices, self._certificates = devices, certificates
        self._tokens, self._claims = tokens, claims
        self._clock, self._outbound, self._events = clock, outbound, events
        self._roster, self._deployments = roster, deployments
        self._learning = learning
        self._shut_out, self._end_own_settings = shut_out, end_own_settings
        self._decide = decide

    def retire(self, device: str, expected_version: int | None) -> DeviceRecord:
        """It gets no further: neither its messages nor its connection, certificates, tokens or
        claims count from now on, and its orders are cleared. Its history stays.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is at another version, or retired already.
        """
        if self._devices.device(device).retired_at is not None:
            raise ConflictError(f"{device} is retired already")
        record = self._leave(device, expected_version)
        text = device_sentences.retired(device)
        self._events.add(ControllerEvent.RETIRED, text, device=device)
        return record

    def revoke(self, device: str, expected_version: int | None, reason: str) -> DeviceRecord:
        """The same at once and for ever, of one that was stolen, retired before or not: what it has
        of certificates never counts again, whoever has its name.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is at another version, or revoked already.
        """
        record = self._devices.device(device)
        if record.revoked:
            raise ConflictError(f"{device} is revoked already: {record.revoked}")
        if record.retired_at is None:
            expected_version = self._leave(device, expected_version).version
        self._end_permissions(device)
        self._certificates.revoke_certificates(device, self._clock.time())
        revoked = self._devices.configure_device(device, expected_version, revoked=reason)
        self._devices.after_commit(partial(self._shut_out, device))
        text = device_sentences.revoked(device, reason)
        severity = Severity.WARNING
        self._events.add(ControllerEvent.REVOKED, text, device=device, severity=severity)
        return revoked

    def restore(self, device: str, expected_version: int | None) -> DeviceRecord:
        """Undo its retirement: what it has of certificates counts again.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is at another version, not retired, revoked, or its name is released.
        """
        record = self._retired(device)
        if record.revoked:
            raise ConflictError(
                f"{device} was revoked ({record.revoked}): that is never undone; release its name,"
                " and enrol it anew"
            )
        restored = self._devices.configure_device(device, expected_version, retired_at=None)
        self._devices.after_commit(partial(self._roster.add, device))
        self._devices.after_commit(partial(self._shut_out, device))
        self._deployments.republish(restored)
        self._decide(device, RESTORED)  # what was changed for all meanwhile passed it by
        text = device_sentences.restored(device)
        self._events.add(ControllerEvent.RESTORED, text, device=device)
        return restored

    def release(self, device: str, expected_version: int | None) -> DeviceRecord:
        """Free its name for another device; its own certificates never count again.

        Site, labels, limits, settings, lines, thresholds and what was set by hand end; its history
        stays under the name.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is at another version, not retired, its name is released already, or
                its certificate is not on record, so that nobody else may have its name.
        """
        self._retired(device)
        if not self._certificates.revoke_certificates(device, self._clock.time()):
            raise ConflictError(
                f"no certificate of {device} is on record, and one must be out somewhere; give the"
                " new device another name"
            )
        self._end_permissions(device)
        released = self._devices.configure_device(
            device,
            expected_version,
            released_at=self._clock.time(),
            site="",
            labels={},
            objective={},
        )
        self._end_own_settings(device)
        self._learning.forget(device)
        self._devices.after_commit(partial(self._shut_out, device))
        text = device_sentences.released(device)
        self._events.add(ControllerEvent.RELEASED, text, device=device)
        return released

    def _leave(self, device: str, expected_version: int | None) -> DeviceRecord:
        record = self._devices.configure_device(
            device, expected_version, retired_at=self._clock.time(), online=False
        )
        self._end_permissions(device)
        self._devices.after_commit(partial(self._roster.remove, device))
        self._devices.after_commit(partial(self._outbound.forget, device))
        self._devices.after_commit(partial(self._shut_out, device))
        return record

    def _end_permissions(self, device: str) -> None:
        """Nothing that it came in by, or could have, lets anybody in again."""
        self._tokens.delete_tokens(device)
        self._claims.end_accepted_claims(device)

    def _retired(self, device: str) -> DeviceRecord:
        record = self._devices.device(device)
        if record.retired_at is None:
            raise ConflictError(f"{device} is not retired")
        if record.released_at is not None:
            raise ConflictError(f"the name {device} is released already")
        return record
