"""Blobs over HTTP: to whom they were ordered, as over the broker, and no more often."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from cryptography import x509
from lamplighter_wire.blobs import compress
from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import CodecError, SignatureError
from lamplighter_wire.https.device_credential import name_in_certificate, open_credential

from lamplighter_controller.errors import (
    NotFoundError,
    TooOftenError,
    UnauthorisedError,
)
from lamplighter_controller.link.quotas.fetch_shares import FetchShares
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.store.token_stores import CertificateStore

# What many devices fetch at the same time is compressed once: 256 chunks are 16 MiB at most.
COMPRESSED_CACHE = 256
# One connection after the other breaks, and begins in the middle of a blob again.
TIMES = 8.0


class BlobAccess:
    """Reads blobs for devices that show who they are.

    Args:
        authorities: certificates (PEM) that devices' own are issued by.
        ordered: all that a device may have.
        read: a blob by its hash; None where there is none.
    """

    def __init__(
        self,
        authorities: Callable[[], str],
        certificates: CertificateStore,
        roster: DeviceRoster,
        ordered: Callable[[str], frozenset[str]],
        read: Callable[[str], bytes | None],
        clock: Clock,
    ) -> None:
        self._authorities, self._certificates, self._roster = authorities, certificates, roster
        self._ordered, self._read, self._clock = ordered, read, clock
        self._shares = FetchShares(TIMES)
        self._lock = threading.Lock()
        self._compressed: OrderedDict[str, bytes] = OrderedDict()

    def blob(self, credential: str, sha: str) -> bytes:
        """A blob as it travels: one zstd frame, the same bytes whenever it is asked for.

        Raises:
            UnauthorisedError: whoever asks is no device of ours, or was retired.
            NotFoundError: it was not ordered for this device, or is lost here.
            TooOftenError: the device has had all of its order many times over.
        """
        device = self._device(credential, sha)
        ordered = self._ordered(device)
        if sha not in ordered:
            raise NotFoundError(f"{device} was not ordered this blob")
        with self._lock:
            granted = self._shares.take(device, 1, ordered, self._clock.monotonic())
        if not granted:
            raise TooOftenError(f"{device} was sent often enough what it was ordered; wait")
        return self._frame(sha)

    def _device(self, credential: str, sha: str) -> str:
        try:
            der = open_credential(credential, sha)
            device = name_in_certificate(der, self._authorities().encode())
        except (CodecError, SignatureError) as error:
            raise UnauthorisedError(str(error)) from error
        certificate = x509.load_der_x509_certificate(der)
        if not self._roster.is_known(device) or self._is_over(certificate):
            raise UnauthorisedError("no device of this name and certificate is enrolled here")
        return device

    def _is_over(self, certificate: x509.Certificate) -> bool:
        ended = certificate.not_valid_after_utc.timestamp() <= self._clock.time()
        return ended or self._certificates.is_revoked(format(certificate.serial_number, "x"))

    def _frame(self, sha: str) -> bytes:
        with self._lock:
            if sha in self._compressed:
                self._compressed.move_to_end(sha)
                return self._compressed[sha]
        raw = self._read(sha)
        if raw is None:
            raise NotFoundError("the blob is lost here")
        frame = compress(raw)
        with self._lock:
            self._compressed[sha] = frame
            if len(self._compressed) > COMPRESSED_CACHE:
                self._compressed.popitem(last=False)
        return frame
