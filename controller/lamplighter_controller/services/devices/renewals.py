"""Certificates are replaced over the session before they end, and when an operator asks."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, Request

from lamplighter_controller.domain.attention.renewals import is_due
from lamplighter_controller.domain.audit.chain import AuditOutcome
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.link.outbound import COMMAND_EXPIRY_S, Outbound
from lamplighter_controller.pki.authority import Authority, certificate_serial, der_key_hash
from lamplighter_controller.services.audit.audit_log import Attempt, AuditLog
from lamplighter_controller.services.clones.clone_choice import chosen, given, is_open, may_ask
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import CertificateRecord, Cloned
from lamplighter_controller.store.token_stores import CertificateStore

log = logging.getLogger(__name__)

SWEEP_S = 6 * 3600.0
# Another key is certified no sooner; the same one is answered again, for an answer may get lost.
BETWEEN_S = 3600.0


@dataclass(frozen=True)
class _Answered:
    """The last certificate of a device that was renewed."""

    key: str
    at: float  # monotonic
    certificate: str
    authority: str  # hash of the key that signed it


class Renewals:
    """On the deciding thread."""

    def __init__(
        self,
        devices: DeviceStore,
        certificates: CertificateStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        outbound: Outbound,
        authority: Authority,
        audit: AuditLog,
    ) -> None:
        self._devices, self._certificates = devices, certificates
        self._clock, self._queue, self._events = clock, queue, events
        self._outbound, self._authority = outbound, authority
        self._audit = audit
        self._answered: dict[str, _Answered] = {}

    def sweep(self) -> None:
        """Have all replaced that are due, now and every six hours."""
        now = self._clock.time()
        for record in self._devices.devices():
            ends_at = record.capabilities.certificate_ends_at if record.capabilities else 0.0
            if record.retired_at is None and is_due(record.id, ends_at, now):
                try:
                    self.order(record.id)
                except TransportError as error:
                    log.warning("%s is not told to renew now: %s", record.id, error)
        self._queue.later(SWEEP_S, self.sweep)

    def order(self, device: str) -> Command:
        """Let a device make a new key and ask for a certificate.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is retired.
            TransportError: the broker is away.
        """
        if self._devices.device(device).retired_at is not None:
            raise ConflictError(f"{device} is retired; what comes back enrols under another id")
        return self._command(device, CommandKind.RENEW, {})

    def order_by_hand(self, device: str) -> Command:
        """The same as an operator wants it: of two machines that speak as the device, the one that
        spoke last is meant, and gets the key.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is retired.
            TransportError: the broker is away.
        """
        cloned, run = self._devices.device(device).cloned, self._run(device)
        if cloned is None or not is_open(cloned) or not run:
            return self.order(device)
        cloned = chosen(cloned, run, self._clock.time())
        self._devices.update_device(device, cloned=cloned)
        return self._command(device, CommandKind.RENEW, {"run": run})

    def receive(self, device: str, request: Request) -> None:
        """A device asks for a certificate for a key of its own."""
        if self._devices.device(device).retired_at is not None:
            return
        try:
            certificate = self._certificate(device, request.csr)
        except InvalidError as error:
            self._refuse(device, str(error))
            return
        self._devices.after_commit(lambda: self._answer(device, certificate))

    def _certificate(self, device: str, csr: bytes) -> str:
        """For the key in the request: a new one, or the one that was made for it before.

        Raises:
            InvalidError: the request is not in order, or comes too soon after another, or from the
                other one of two machines.
        """
        key, now = der_key_hash(csr), self._clock.monotonic()
        cloned = self._devices.device(device).cloned
        if cloned is not None and is_open(cloned):
            return self._certificate_of_first(device, cloned, key, csr)
        last = self._last(device)
        if last is not None and last.key == key:
            return last.certificate
        if last is not None and now - last.at < BETWEEN_S:
            raise InvalidError("it was given one for another key within the hour")
        return self._answer_anew(device, key, csr)

    def _certificate_of_first(self, device: str, cloned: Cloned, key: str, csr: bytes) -> str:
        """Of two machines the one that was told to ask gets it, whatever the other has asked for.

        Raises:
            InvalidError: it is not for that one's key.
        """
        if not may_ask(cloned, key, self._run(device)):
            raise InvalidError("two machines speak as it, and the other was told to ask")
        last = self._last(device)
        if last is not None and last.key == key:
            certificate = last.certificate
        else:
            certificate = self._answer_anew(device, key, csr)
        serial = format(certificate_serial(certificate), "x")
        self._devices.update_device(device, cloned=given(cloned, key, serial))
        return certificate

    def _last(self, device: str) -> _Answered | None:
        """By the authority of now: what another has signed is about to count no more."""
        last = self._answered.get(device)
        is_ours = last is not None and last.authority == self._authority.ca_key_hash
        return last if is_ours else None

    def _answer_anew(self, device: str, key: str, csr: bytes) -> str:
        certificate, now = self._issue(device, csr), self._clock.monotonic()
        authority = self._authority.ca_key_hash
        self._answered[device] = _Answered(key, now, certificate, authority)
        return certificate

    def _run(self, device: str) -> str:
        """Which of the device's programs speaks; empty: agents of before do not say."""
        return next(reversed(self._devices.device_state(device).runs), "")

    def _issue(self, device: str, csr: bytes) -> str:
        certificate = self._authority.sign_der(csr, device)
        serial = format(certificate_serial(certificate), "x")
        self._certificates.add_certificate(
            CertificateRecord(serial=serial, device=device, issued_at=self._clock.time())
        )
        subject = f"device:{device}"
        attempt = Attempt("issue_certificate", subject, subject)
        self._audit.note(attempt, after={"serial": serial})
        self._events.add(
            ControllerEvent.CERTIFICATE_ISSUED,
            device_sentences.certificate_issued(device),
            device=device,
            serial=serial,
        )
        return certificate

    def _answer(self, device: str, certificate: str) -> None:
        try:
            self._command(device, CommandKind.CERTIFICATE, {"certificate": certificate})
        except TransportError as error:
            log.warning("%s has no certificate yet, and asks again: %s", device, error)

    def _refuse(self, device: str, why: str) -> None:
        attempt = Attempt("issue_certificate", f"device:{device}", f"device:{device}")
        self._audit.note(attempt, AuditOutcome.REFUSED, why)
        self._events.add(
            ControllerEvent.CERTIFICATE_REFUSED,
            device_sentences.certificate_refused(device, why),
            device=device,
            severity=Severity.WARNING,
        )

    def _command(self, device: str, kind: str, data: Mapping[str, Any]) -> Command:
        now = self._clock.time()
        command = Command(
            id=secrets.token_hex(8),
            device=device,
            kind=kind,
            at=now,
            expires_at=now + COMMAND_EXPIRY_S,
            data=dict(data),
        )
        self._outbound.command(command)
        return command
