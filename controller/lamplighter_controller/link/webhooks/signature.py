"""Signatures of deliveries by the Standard Webhooks, which libraries of any language check."""

import base64
import hashlib
import hmac
import secrets

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret for a webhook, to be given to whoever receives it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secret: str, message: str, at_s: int, body: bytes) -> dict[str, str]:
    """Headers by which the receiver knows the sender, and a repetition.

    Args:
        message: its id, the same at each try.
        at_s: when it is sent, in seconds of wall time.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    text = f"{message}.{at_s}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }
