"""Secrets of enrolment tokens: derived from a key of this controller, so that none is stored.

Both sides prove that they know a token's secret, so a hash of it would not do. Who reads the
database, or a copy of it, finds the names of tokens and nothing to enrol with.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from pathlib import Path

from lamplighter_wire.files import write_secret

KEY_BYTES = 32


class EnrolmentSecrets:
    """Over a key in a folder that only its owner can read; made at the first use.

    Safe to use from any thread.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "tokens.key"
        self._lock = threading.Lock()

    def secret(self, token: str, device: str) -> str:
        """The secret of a token for a device: 256 bits."""
        text = f"{token}|{device}".encode()
        digest = hmac.new(self._key(), text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _key(self) -> bytes:
        with self._lock:  # of two keys the later would replace the earlier, and its tokens
            if not self._path.exists():
                write_secret(self._path, secrets.token_bytes(KEY_BYTES))
        return self._path.read_bytes()
