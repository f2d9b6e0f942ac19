"""Tokens and enrolment: from a token to a certificate for a key that never left the device."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enrolment import (
    BrokerAddress,
    EnrolRequest,
    EnrolResponse,
    build_response,
    verify_request,
)
from lamplighter_wire.enums import Severity
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.joining.sealed import seal

from lamplighter_controller.domain.message_order import MessageStamp
from lamplighter_controller.domain.registering.registered import Registered
from lamplighter_controller.errors import NotFoundError, UnauthorisedError
from lamplighter_controller.pki.authority import Authority, certificate_serial, csr_key_hash
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.audit.audit_log import Attempt, AuditLog
from lamplighter_controller.services.clones.clone_choice import is_open
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.registering.enrolment_tokens import (
    EnrolmentTokens,
    is_kept_out,
)
from lamplighter_controller.services.registering.permissions import Permission
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import (
    CertificateRecord,
    DeviceRecord,
    DeviceState,
    TokenRecord,
)
from lamplighter_controller.store.registering.stores import ClaimStore
from lamplighter_controller.store.token_stores import CertificateStore, TokenStore

# What a device that is set up again says counts from now on, whatever its numbers were before.
_MARKS: dict[str, Any] = {
    "session": MessageStamp(),
    "workload": MessageStamp(),
    "request": MessageStamp(),
    "runs": {},
}
# Of the device that had the name before nothing counts for another.
_OF_ANOTHER: dict[str, Any] = {
    "retired_at": None,
    "released_at": None,
    "revoked": "",
    "capabilities": None,
    "probe": None,
    "workload": None,
    "desired": b"",
}


class Enrolment:
    """Admits devices, as what they are registered.

    Args:
        registered: what a device is to be.
        broker: gives the address that they are told.
        shut_out: lets the broker know which certificates count; does not wait.
    """

    def __init__(
        self,
        devices: DeviceStore,
        tokens: TokenStore,
        claims: ClaimStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        certificates: CertificateStore,
        authority: Authority,
        permissions: EnrolmentTokens,
        registered: Callable[[str], Registered],
        signer: Signer,
        broker: Callable[[], BrokerAddress],
        roster: DeviceRoster,
        audit: AuditLog,
        shut_out: Callable[[str], object],
    ) -> None:
        self._devices = devices
        self._tokens = tokens
        self._claims = claims
        self._clock = clock
        self._queue = queue
        self._events = events
        self._certificates = certificates
        self._authority = authority
        self._permissions = permissions
        self._registered = registered
        self._signer = signer
        self._broker = broker
        self._roster = roster
        self._audit = audit
        self._shut_out = shut_out

    def broker_address(self) -> BrokerAddress:
        """As devices and readers are told."""
        return self._broker()

    def enrol(self, request: EnrolRequest, address: str = "") -> EnrolResponse:
        """Answer a device's request. The same key may ask again, as its answer may get lost.

        Proofs and certificate are made on the caller's thread; the device is admitted on the
        deciding one, as everything else that changes it.

        Args:
            address: that it comes from.

        Raises:
            UnauthorisedError: unknown, expired or used token, or one for another device or one
                that is retired.
            InvalidError: the certificate request is not in order.
        """
        token = self._token_of(request)
        secret = self._permissions.secret_of(token)
        certificate = self._authority.sign_csr(request.csr, token.device)
        key = csr_key_hash(request.csr)
        if not self._tokens.use_token(token.id, key, self._clock.time()):
            text = "the token was used before; make another: lamplighter token create"
            raise UnauthorisedError(text)
        permission = Permission(token.device, f"token:{token.id}", token.used_at, address)
        bare = self._admitted(permission, certificate, key)
        bare = msgspec.structs.replace(bare, sealed_camera=self._camera(request, secret))
        return build_response(bare, secret, request.nonce)

    def admit(self, permission: Permission, csr: str) -> EnrolResponse:
        """A device that an operator has let in; it may ask again.

        Raises:
            UnauthorisedError: the device is retired.
            ConflictError: what let it in counts no longer.
            InvalidError: the certificate request is not in order.
        """
        certificate = self._authority.sign_csr(csr, permission.device)
        return self._admitted(permission, certificate, csr_key_hash(csr))

    def _admitted(self, permission: Permission, certificate: str, key: str) -> EnrolResponse:
        self._queue.call(self._admit_once, permission, certificate, key)
        return EnrolResponse(
            certificate=certificate,
            ca=self._authority.ca_pem,
            keys=self._signer.keys.to_dict(),
            broker=self.broker_address(),
            signed_keys=self._signer.lists[-1] if self._signer.lists else b"",
        )

    def _camera(self, request: EnrolRequest, secret: str) -> str:
        """Sealed; nothing for an agent that does not know it."""
        camera = self._registered(request.device).camera if request.takes_camera else ""
        return seal(camera, secret, request.nonce)

    def _token_of(self, request: EnrolRequest) -> TokenRecord:
        try:
            record = self._tokens.token(request.id)
            verify_request(request, self._permissions.secret_of(record))
        except (NotFoundError, SignatureError) as error:
            # One text for both: it must not tell which tokens exist.
            text = "the token is not known here, or its secret is wrong"
            raise UnauthorisedError(text) from error
        if record.device != request.device:
            raise UnauthorisedError(
                f"the token is for {record.device!r}, not {request.device[:40]!r};"
                f" enrol with --device {record.device}"
            )
        if record.expires_at <= self._clock.time():
            raise UnauthorisedError("the token has expired; make another: lamplighter token create")
        return record

    def _admit_once(self, permission: Permission, certificate: str, key: str) -> None:
        """Unless this permission did its work before: power may fail between its use and this.

        Whoever else was accepted under its name comes too late.

        Raises:
            UnauthorisedError: the device is retired.
            ConflictError: what let it in counts no longer.
        """
        device = permission.device
        permission.check()
        record = self._find(device)
        if record is not None and is_kept_out(record):
            raise UnauthorisedError(f"{device} is retired; choose another id")
        self._claims.end_accepted_claims(device, but_key=key)
        serial = format(certificate_serial(certificate), "x")
        self._certificates.add_certificate(
            CertificateRecord(serial=serial, device=device, issued_at=self._clock.time())
        )
        attempt = Attempt("enrol", f"device:{device}", permission.who, permission.address)
        self._audit.note(attempt, after={"serial": serial, "key_sha256": key})
        if record is None or permission.at is None or record.enrolled_at < permission.at:
            self._admit(device, record)
            if record is not None and is_open(record.cloned):
                self._refuse_copy(device, serial)

    def _refuse_copy(self, device: str, serial: str) -> None:
        """Of two machines with one identity an operator has let this one in."""
        self._certificates.revoke_certificates(device, self._clock.time(), but=serial)
        self._devices.after_commit(partial(self._shut_out, device))
        text = device_sentences.clone_refused(device)
        kind, severity = ControllerEvent.CLONE_REFUSED, Severity.WARNING
        self._events.add(kind, text, device=device, severity=severity)

    def _admit(self, device: str, record: DeviceRecord | None) -> None:
        """A new device, or a known one that was set up again and counts its sessions anew."""
        now = self._clock.time()
        if record is None:
            own = self._as_registered(device)
            self._devices.add_device(DeviceRecord(id=device, enrolled_at=now, **own))
        else:
            is_another = record.released_at is not None
            own = self._as_registered(device) if is_another else {}
            self._devices.update_device(
                device,
                state=_begun_anew() if is_another else _MARKS,
                epoch=0,
                enrolled_at=now,
                reported=None,
                cloned=None,
                newest_window=None,
                streams={},
                **(_OF_ANOTHER if is_another else {}),
                **own,
            )
        self._devices.after_commit(partial(self._roster.add, device))
        text = device_sentences.enrolled(device)
        self._events.add(ControllerEvent.ENROLLED, text, device=device)

    def _as_registered(self, device: str) -> dict[str, Any]:
        """Fields of its record."""
        own = self._registered(device)
        return {"site": own.site, "labels": dict(own.labels), "objective": dict(own.objective)}

    def _find(self, device: str) -> DeviceRecord | None:
        try:
            return self._devices.device(device)
        except NotFoundError:
            return None


def _begun_anew() -> dict[str, Any]:
    """What is remembered of a device that has just come."""
    return msgspec.structs.asdict(DeviceState())
