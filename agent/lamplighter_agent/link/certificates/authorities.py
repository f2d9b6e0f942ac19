"""Whose certificates count at the broker: the controller says so, signed, while one authority
takes another's place."""

import base64
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.errors import TransportError, WireError
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import Authorities, Command, Envelope
from lamplighter_wire.signing import KeySet, open_authorities
from lamplighter_wire.transport.mqtt import TlsFiles
from lamplighter_wire.words import device_events

from lamplighter_agent.link.identity import RECORD, IdentityRecord, pair_files
from lamplighter_agent.link.reporter import Reporter

log = logging.getLogger(__name__)
CANDIDATE = "ca.candidate.pem"


class TrustedAuthorities:
    """Of one device. Called on the reporter's thread.

    Args:
        folder: of the identity.
        prove: shakes hands with the broker by these files; raises TransportError.
        taken: what follows once this version counts.
    """

    def __init__(
        self,
        folder: Path,
        keys: Callable[[], KeySet],
        reporter: Reporter,
        prove: Callable[[TlsFiles], None],
        taken: Callable[[int], None],
    ) -> None:
        self._folder, self._keys, self._reporter = folder, keys, reporter
        self._prove, self._taken = prove, taken

    def receive(self, command: Command) -> None:
        """Believed if a key that we trust has signed it, later than what we have, and if the broker
        we know would be trusted by it."""
        try:
            raw = base64.b64decode(str(command.data.get("envelope", "")), validate=True)
            said = open_authorities(decode(raw, Envelope), self._keys())
            record_file = self._folder / RECORD
            record = msgspec.json.decode(record_file.read_bytes(), type=IdentityRecord)
            if said.version > record.authorities:
                self._take(said, record)
            self._taken(max(said.version, record.authorities))
        except (WireError, TransportError, OSError, ValueError, msgspec.MsgspecError) as error:
            text = device_events.authorities_kept(str(error))
            self._reporter.event(EventKind.AUTHORITIES_KEPT, Severity.WARNING, text, {})

    def _take(self, said: Authorities, record: IdentityRecord) -> None:
        """The record last: without it the same is taken once more."""
        candidate = self._folder / CANDIDATE
        write_atomically(candidate, ["".join(said.authorities).encode()])
        own = pair_files(self._folder, record.pair)
        self._prove(TlsFiles(candidate, own.cert, own.key))
        candidate.replace(own.ca)
        taken = msgspec.structs.replace(record, authorities=said.version)
        write_atomically(self._folder / RECORD, [msgspec.json.encode(taken)])
        text = device_events.authorities_taken(len(said.authorities))
        data = {"version": said.version}
        self._reporter.event(EventKind.AUTHORITIES_TAKEN, Severity.INFO, text, data)
