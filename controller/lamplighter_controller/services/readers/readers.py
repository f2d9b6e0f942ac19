"""Programs of others that read at the broker: Node-RED, Home Assistant, a logger."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from lamplighter_wire.clock import Clock

from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.pki.authority import Authority, certificate_end, certificate_serial
from lamplighter_controller.pki.names import reader_user
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.readers.readers import ReaderStore
from lamplighter_controller.store.readers.records import ReaderRecord

MOST_READERS = 16


@dataclass(frozen=True)
class ReaderCertificate:
    """What a reader connects with; the key is nowhere kept."""

    record: ReaderRecord
    certificate: str  # PEM
    key: str  # PEM


class Readers:
    """Lets programs read, and ends that; call it on the deciding thread.

    `changed` lets the broker know, by the reader's name there; it does not wait.
    """

    def __init__(
        self,
        store: ReaderStore,
        devices: DeviceStore,
        clock: Clock,
        authority: Authority,
        changed: Callable[[str], object],
    ) -> None:
        self._store, self._devices, self._clock = store, devices, clock
        self._authority, self._changed = authority, changed

    def create(self, name: str, by: str) -> ReaderCertificate:
        """A certificate for a program.

        Raises:
            ConflictError: the name is taken, or there are as many as may be.
        """
        active = active_readers(self._store)
        if name in active:
            raise ConflictError(f"there is a reader {name!r}; end it first: lamplighter reader end")
        if len(active) >= MOST_READERS:
            raise ConflictError(f"there are {MOST_READERS} readers already; end one first")
        certificate, key = self._issued(name)
        record = ReaderRecord(
            serial=f"{certificate_serial(certificate):x}",
            name=name,
            created_at=self._clock.time(),
            created_by=by,
            ends_at=certificate_end(certificate),
        )
        self._store.put_reader(record)
        self._devices.after_commit(partial(self._changed, reader_user(name)))
        return ReaderCertificate(record, certificate, key)

    def _issued(self, name: str) -> tuple[str, str]:
        """Certificate and key (PEM), which are nowhere kept."""
        with tempfile.TemporaryDirectory(prefix="lamplighter-") as folder:
            files = self._authority.passing_files(reader_user(name), Path(folder))
            return files.cert.read_text(), files.key.read_text()

    def end(self, name: str) -> ReaderRecord:
        """It reads nothing more. Raises NotFoundError."""
        record = active_readers(self._store).get(name)
        if record is None:
            raise NotFoundError(f"no reader {name!r}; see: lamplighter reader list")
        ended = msgspec.structs.replace(record, ended_at=self._clock.time())
        self._store.put_reader(ended)
        self._devices.after_commit(partial(self._changed, reader_user(name)))
        return ended


def active_readers(store: ReaderStore) -> dict[str, ReaderRecord]:
    """By name, those that may read."""
    return {record.name: record for record in store.readers() if record.ended_at is None}
