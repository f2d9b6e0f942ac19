"""Bearer tokens of the API and their roles. (Enrolment tokens: `lamplighter_wire.enrolment`.)

Only the SHA-256 of a bearer token is stored; it has 256 random bits, so a plain hash does. Behind
a dot it names the key of the controller's authority, for clients that know nothing else of it.
"""

import hashlib
import secrets
from typing import get_args

from lamplighter_client.documents.requests import Role

SECRET_BYTES = 32
# Reading the fleet; acting on devices; tokens and retirement.
ROLES = get_args(Role)


def make_api_token(ca_key_hash: str) -> str:
    """A fresh bearer token of a controller whose authority has this key."""
    return f"ll_{secrets.token_urlsafe(SECRET_BYTES)}.{ca_key_hash}"


def secret_hash(text: str) -> str:
    """What is stored of a bearer token; what it names of the authority does not count."""
    return hashlib.sha256(text.partition(".")[0].encode()).hexdigest()


def token_id(text: str) -> str:
    """By which a token is listed and revoked; it gives nothing of it away."""
    return secret_hash(text)[:12]


def permits(role: str, needed: str) -> bool:
    """Whether `role` includes what `needed` may do."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
