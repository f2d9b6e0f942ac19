"""Why a connection to the API failed, and what to do about it. Pure."""

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from lamplighter_wire.https.web_address import proxy_words

# What OpenSSL says of a certificate, by number (its X509_V_ERR_…).
NOT_YET, EXPIRED = 9, 10
OTHER_NAMES = (62, 64)
UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")
# How libraries call a connection that ended before an answer.
CUT_OFF = ("RemoteProtocolError", "RemoteDisconnected", "ReadError", "ConnectionResetError")


def connection_trouble(error: BaseException, url: str) -> str:
    """What is wrong with a connection to `url` and what helps; where that is not known, as said."""
    return tls_trouble(error, url) or _plain_trouble(error, url)


def tls_trouble(error: BaseException, url: str) -> str:
    """What is wrong with TLS there; empty: something else is wrong."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_trouble(cause, url)
        if isinstance(cause, ssl.SSLError) and cause.reason in NO_TLS:
            return "no TLS is spoken there; if that is meant, write http:// instead of https://"
    return ""


def _certificate_trouble(error: ssl.SSLCertVerificationError, url: str) -> str:
    if error.verify_code == EXPIRED:
        return (
            "its certificate has expired; renew it (the controller renews its own when it is"
            " started), or set this machine's clock"
        )
    if error.verify_code == NOT_YET:
        return "its certificate is not valid yet; set this machine's clock"
    if error.verify_code in OTHER_NAMES:
        host = urlsplit(url).hostname
        return (
            f"its certificate is not for {host}; use a name that it is for, or add this one with"
            f" `lamplighter serve --advertise {host}`"
        )
    if error.verify_code in UNKNOWN_AUTHORITY:
        return (
            "its certificate is from an authority that is not known here; name the authority's"
            " file with --ca (the controller's own is pki/ca.crt of its data folder), or use a"
            " token that this controller made lately"
        )
    return f"its certificate is not accepted: {error.verify_message}"


def _plain_trouble(error: BaseException, url: str) -> str:
    reason = getattr(error, "reason", None) or error
    text = str(reason) or type(reason).__name__
    if url.startswith("http://") and any(
        type(cause).__name__ in CUT_OFF for cause in _causes(error)
    ):
        return f"{text} (a controller that listens beyond its machine speaks TLS: write https://)"
    return f"{text}{proxy_words(url)}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was raised from."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__]
