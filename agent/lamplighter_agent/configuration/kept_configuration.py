"""The configuration that counts, as it was signed: it holds without a connection, too."""

import logging
from collections.abc import Callable
from pathlib import Path

from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import WireError
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import Configuration, Envelope
from lamplighter_wire.signing import KeySet, open_configuration

log = logging.getLogger(__name__)

FILE = "configuration.json"


class KeptConfiguration:
    """Of one device."""

    def __init__(self, folder: Path, keys: Callable[[], KeySet], device: str) -> None:
        self._file, self._keys, self._device = folder / FILE, keys, device

    def open(self, envelope: Envelope) -> Configuration:
        """One that is to be believed.

        Raises:
            SignatureError, CodecError, AddressError: it is not.
        """
        return open_configuration(envelope, self._keys(), self._device)

    def read(self) -> Configuration | None:
        """The last one that was taken; None where there is none, or it cannot be believed."""
        try:
            envelope = decode(self._file.read_bytes(), Envelope)
            # It was believed when it was kept, by a key that may have ended since.
            return open_configuration(envelope, self._keys().with_former, self._device)
        except FileNotFoundError:
            return None
        except (OSError, WireError) as error:
            log.warning("%s cannot be used: %s", self._file, error)
            return None

    def keep(self, envelope: Envelope) -> None:
        """Before it counts. Raises OSError."""
        write_atomically(self._file, [encode(envelope)])
