"""What time it is, by a controller's signed word.

Whoever has a clock that nobody set cannot tell by a certificate's dates whether to believe it. The
word needs no certificate: it is signed for the number that was asked with.
"""

import http.client
import secrets
import time
import urllib.error

import msgspec

from lamplighter_wire.codec import MAX_MESSAGE_BYTES, decode
from lamplighter_wire.errors import SignatureError, TransportError, WireError
from lamplighter_wire.https.trouble import connection_trouble
from lamplighter_wire.https.trust import trusting
from lamplighter_wire.https.web_address import opener
from lamplighter_wire.messages import Envelope, ToldTime
from lamplighter_wire.signing import KeySet, verify

TIME_PATH = "/api/v1/time"
ASK_S = 5.0


def ask_time(url: str, authority: str, keys: KeySet, timeout_s: float = ASK_S) -> float:
    """Wall time in seconds at the controller when the answer came, half the way counted in.

    Args:
        url: of the controller's API.
        authority: that is believed there (PEM), whatever the dates of certificates; empty: those
            of this machine.
        keys: one of which has to have signed the answer.

    Raises:
        TransportError: nothing answers there, or a controller that knows no such question.
        SignatureError: another one answers, or an answer is played again.
    """
    nonce = secrets.token_hex(16)
    address = f"{url.rstrip('/')}{TIME_PATH}?nonce={nonce}"
    context = trusting(authority, any_time=True)
    asked_at = time.monotonic()
    try:
        with opener(address, context).open(address, timeout=timeout_s) as answer:
            content = answer.read(MAX_MESSAGE_BYTES)
    except (OSError, ValueError, http.client.HTTPException) as error:
        status = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else ""
        raise TransportError(f"{url}: {status or connection_trouble(error, url)}") from error
    half_s = (time.monotonic() - asked_at) / 2
    try:
        told = decode(verify(msgspec.json.decode(content, type=Envelope), keys), ToldTime)
    except msgspec.MsgspecError as error:
        raise SignatureError(f"{url} does not tell the time: {error}") from error
    except WireError as error:
        raise SignatureError(f"{url} tells a time that is not to be believed: {error}") from error
    if told.nonce != nonce:
        raise SignatureError(f"{url} tells a time that others asked for")
    return told.at + half_s
