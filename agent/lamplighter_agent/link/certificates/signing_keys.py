"""Whose signatures count: the controller says so, signed, when one key takes another's place."""

import base64
from collections.abc import Callable
from pathlib import Path

import msgspec
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.errors import WireError
from lamplighter_wire.files import write_atomically
from lamplighter_wire.key_succession import BelievedKeys, follow
from lamplighter_wire.messages import Command, SignedKeys
from lamplighter_wire.signing import KeySet
from lamplighter_wire.words import device_events

from lamplighter_agent.link.identity import RECORD, IdentityRecord, with_keys
from lamplighter_agent.link.reporter import Reporter

MOST_LISTS = 256


class KeysInForce:
    """The keys that count now; read on any thread, replaced as a whole."""

    def __init__(self, keys: KeySet, version: int = 0) -> None:
        self.believed = BelievedKeys(keys, version)

    def __call__(self) -> KeySet:
        return self.believed.keys


class TrustedSigningKeys:
    """Of one device. Called on the reporter's thread.

    Args:
        folder: of the identity.
        in_force: is changed.
        taken: what follows once this version counts.
    """

    def __init__(
        self,
        folder: Path,
        in_force: KeysInForce,
        reporter: Reporter,
        taken: Callable[[int], None],
    ) -> None:
        self._folder, self._in_force = folder, in_force
        self._reporter, self._taken = reporter, taken

    def receive(self, command: Command) -> None:
        """On disk before it counts, so a power cut leaves the keys of before or those of after."""
        try:
            later = follow(self._in_force.believed, _lists(command))
            if later != self._in_force.believed:
                self._take(later)
            self._taken(later.version)
        except (WireError, OSError, ValueError, msgspec.MsgspecError) as error:
            text = device_events.signing_keys_kept(str(error))
            self._reporter.event(EventKind.SIGNING_KEYS_KEPT, Severity.WARNING, text, {})

    def _take(self, later: BelievedKeys) -> None:
        path = self._folder / RECORD
        record = msgspec.json.decode(path.read_bytes(), type=IdentityRecord)
        write_atomically(path, [msgspec.json.encode(with_keys(record, later))])
        self._in_force.believed = later
        text = device_events.signing_keys_taken(len(later.keys.keys))
        data = {"version": later.version, "keys": list(later.keys.keys)}
        self._reporter.event(EventKind.SIGNING_KEYS_TAKEN, Severity.INFO, text, data)


def _lists(command: Command) -> list[SignedKeys]:
    """Raises ValueError, CodecError."""
    given = command.data.get("lists", [])
    if not isinstance(given, list) or not 0 < len(given) <= MOST_LISTS:
        raise ValueError("no lists of keys")
    return [decode(base64.b64decode(str(text), validate=True), SignedKeys) for text in given]
