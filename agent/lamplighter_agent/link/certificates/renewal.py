"""A certificate is replaced over the session before it ends; the old one serves until the new one
is proven.

The key of a renewal that has had no answer yet stays, and is asked for again at each connection, so
neither a lost answer nor a power cut costs anything. Key and certificate get names of their own,
and the record of the identity, which is replaced at once, says which pair counts.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from lamplighter_wire.enums import EventKind, RequestKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import Command, Request
from lamplighter_wire.transport.mqtt import TlsFiles
from lamplighter_wire.words import device_events

from lamplighter_agent.errors import EnrolError
from lamplighter_agent.link.identity import CERTIFICATE, RECORD, IdentityRecord, pair_files
from lamplighter_agent.link.reporter import Reporter

log = logging.getLogger(__name__)

WAITING = "renewal.key"


class Renewal:
    """Of one device's certificate. Called on the reporter's thread.

    Args:
        folder: of the identity.
        prove: shakes hands with the broker by these files; raises TransportError.
        switch: connects anew by these files; the certificate ends at the wall time given.
    """

    def __init__(
        self,
        folder: Path,
        device: str,
        reporter: Reporter,
        now: Callable[[], float],
        prove: Callable[[TlsFiles], None],
        switch: Callable[[TlsFiles, float], None],
    ) -> None:
        self._folder, self._device = folder, device
        self._reporter, self._now = reporter, now
        self._prove, self._switch = prove, switch

    def begin(self, _command: Command) -> None:
        """The controller wants the certificate replaced: make a key and ask."""
        from lamplighter_agent.link.certificates.device_keys import new_key

        try:
            if not self._is_waiting():
                new_key(self._folder / WAITING)
            self.ask()
        except OSError as error:
            self._tell(f"cannot keep a key in {self._folder}: {error}; check its disk")

    def ask(self) -> None:
        """Ask for the certificate that is waited for, if one is."""
        if not self._is_waiting():
            return
        from cryptography.hazmat.primitives.serialization import Encoding

        from lamplighter_agent.link.certificates.device_keys import certificate_request, load_key

        key = load_key(self._folder / WAITING)
        if key is None:
            return
        csr = certificate_request(key, self._device).public_bytes(Encoding.DER)
        request = Request(
            device=self._device, at=self._now(), kind=RequestKind.CERTIFICATE, csr=csr
        )
        self._reporter.publish("request", request)

    def receive(self, command: Command) -> None:
        """The answer: believed if it is for our key, and used if the broker takes it."""
        try:
            if self._is_waiting():
                self._install(str(command.data.get("certificate", "")))
        except (EnrolError, TransportError, OSError, ValueError, msgspec.MsgspecError) as error:
            self._tell(str(error))

    def _is_waiting(self) -> bool:
        return (self._folder / WAITING).exists()

    def _install(self, certificate: str) -> None:
        from lamplighter_agent.link.certificates.device_keys import check_certificate, load_key

        key = load_key(self._folder / WAITING)
        if key is None:
            raise EnrolError(f"{WAITING} holds no key of ours")
        record_file = self._folder / RECORD
        record = msgspec.json.decode(record_file.read_bytes(), type=IdentityRecord)
        before = pair_files(self._folder, record.pair)
        ends_at = check_certificate(certificate, before.ca.read_text(), key, self._device)
        pair = _other_than(record.pair, f"-{int(ends_at)}")
        after = pair_files(self._folder, pair)
        write_atomically(after.cert, [certificate.encode()])
        self._prove(TlsFiles(after.ca, after.cert, self._folder / WAITING))
        (self._folder / WAITING).replace(after.key)
        renewed = msgspec.structs.replace(record, pair=pair, ends_at=ends_at)
        write_atomically(record_file, [msgspec.json.encode(renewed)])
        self._switch(after, ends_at)
        self._forget_all_but(after)
        text = device_events.certificate_renewed()
        self._reporter.event(EventKind.CERTIFICATE_RENEWED, Severity.INFO, text, {})

    def _forget_all_but(self, pair: TlsFiles) -> None:
        """Also what a power cut has left."""
        names = Path(CERTIFICATE).stem
        for old in self._folder.glob(f"{names}*"):
            if old not in (pair.cert, pair.key):
                old.unlink(missing_ok=True)

    def _tell(self, why: str) -> None:
        text = device_events.certificate_kept(why)
        self._reporter.event(EventKind.CERTIFICATE_KEPT, Severity.WARNING, text, {})


def _other_than(used: str, pair: str) -> str:
    """A name that is not in use: by a controller's clock that stands, all end at one second."""
    return f"{pair}-2" if pair == used else pair
