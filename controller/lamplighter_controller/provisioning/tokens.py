"""Tokens: one-time enrolment tokens `id.secret.hash-of-CA-key`, and bearer tokens of the API.

Only the SHA-256 of a secret is ever stored; secrets have 256 random bits, so a plain hash does.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from lamplighter_controller.errors import UnauthorisedError

SECRET_BYTES = 32
ENROL_TOKEN_LIFE_S = 24 * 3600.0
# Reading the fleet; acting on devices; tokens and retirement.
ROLES = ("viewer", "operator", "admin")


@dataclass(frozen=True, slots=True)
class EnrolToken:
    """A parsed enrolment token."""

    id: str
    secret: str
    ca_key_hash: str

    def __str__(self) -> str:
        return f"{self.id}.{self.secret}.{self.ca_key_hash}"


def make_enrol_token(ca_key_hash: str) -> EnrolToken:
    """A fresh token; hand it to the device and keep only `secret_hash(token.secret)`."""
    return EnrolToken(secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES), ca_key_hash)


def parse_enrol_token(text: str) -> EnrolToken:
    """Raises UnauthorisedError when `text` does not have the three parts."""
    parts = text.strip().split(".")
    if len(parts) != 3 or not all(parts):
        raise UnauthorisedError("not an enrolment token; make one with: lamplighter token create")
    return EnrolToken(*parts)


def make_api_token() -> str:
    """A fresh bearer token."""
    return "ll_" + secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored_hash: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(secret_hash(secret), stored_hash)


def permits(role: str, needed: str) -> bool:
    """Whether `role` includes what `needed` may do."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
