"""Bearer tokens of the API and their roles. (Enrolment tokens: `lamplighter_wire.enrolment`.)

Only the SHA-256 of a bearer token is stored; it has 256 random bits, so a plain hash does.
"""

import hashlib
import secrets
from typing import get_args

from lamplighter_client.documents.requests import Role

SECRET_BYTES = 32
# Reading the fleet; acting on devices; tokens and retirement.
ROLES = get_args(Role)


def make_api_token() -> str:
    """A fresh bearer token."""
    return "ll_" + secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """What is stored of a bearer token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_id(secret: str) -> str:
    """By which a token is listed and revoked; it gives nothing of it away."""
    return secret_hash(secret)[:12]


def permits(role: str, needed: str) -> bool:
    """Whether `role` includes what `needed` may do."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
