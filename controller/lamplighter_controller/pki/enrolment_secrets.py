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

from cryptography.fernet import Fernet, InvalidToken
from lamplighter_wire.files import write_secret

from lamplighter_controller.errors import DamagedError

KEY_BYTES = 32
CONCEALED = "sealed:"


class EnrolmentSecrets:
    """Over a key in a folder that only its owner can read; made at the first use.

    Safe to use from any thread.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "tokens.key"
        self._lock = threading.Lock()
        self._kept = b""

    def secret(self, token: str, device: str) -> str:
        """The secret of a token for a device: 256 bits."""
        text = f"{token}|{device}".encode()
        digest = hmac.new(self._key(), text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def conceal(self, text: str) -> str:
        """What may lie in the database in its place; empty stays empty."""
        return CONCEALED + self._box().encrypt(text.encode()).decode() if text else ""

    def reveal(self, concealed: str) -> str:
        """The text; what was not concealed is itself.

        Raises:
            DamagedError: it was concealed with another key.
        """
        if not concealed.startswith(CONCEALED):
            return concealed
        try:
            return self._box().decrypt(concealed.removeprefix(CONCEALED).encode()).decode()
        except InvalidToken as error:
            raise DamagedError(
                f"{self._path} is not the key that the database was written with;"
                " put it back from a backup, or register cameras anew"
            ) from error

    def _box(self) -> Fernet:
        digest = hmac.new(self._key(), b"conceal", hashlib.sha256).digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    def _key(self) -> bytes:
        with self._lock:  # of two keys the later would replace the earlier, and its tokens
            if not self._kept:
                if not self._path.exists():
                    write_secret(self._path, secrets.token_bytes(KEY_BYTES))
                self._kept = self._path.read_bytes()
            return self._kept
