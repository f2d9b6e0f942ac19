"""A text that only both ends of an enrolment can read, whatever lies between them."""

import base64
import hashlib
import hmac

from lamplighter_wire.errors import SignatureError


def seal(text: str, secret: str, nonce: str) -> str:
    """The text under a key made of a token's secret and a request's nonce; empty stays empty."""
    from cryptography.fernet import Fernet

    return Fernet(_key(secret, nonce)).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str, secret: str, nonce: str) -> str:
    """What was sealed.

    Raises:
        SignatureError: it was sealed with another secret, or changed.
    """
    from cryptography.fernet import Fernet, InvalidToken

    if not sealed:
        return ""
    try:
        return Fernet(_key(secret, nonce)).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeDecodeError) as error:
        raise SignatureError("what is sealed was not sealed with this token's secret") from error


def _key(secret: str, nonce: str) -> bytes:
    digest = hmac.new(secret.encode(), f"seal|{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)
