"""Whom a client believes: the authorities of its machine, those of a file, or the controller's own.

Tokens of the controller end with the hash of its authority's key. Who holds one needs no file: the
authority's certificate is asked for at the controller and believed where it has that key.
"""

import hmac
import re
import ssl
import urllib.error
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from lamplighter_wire.enrolment import ca_key_sha256
from lamplighter_wire.errors import CodecError, TrustError, os_error_text
from lamplighter_wire.https.any_time import NO_CHECK_TIME
from lamplighter_wire.https.trouble import connection_trouble
from lamplighter_wire.https.web_address import is_loopback, opener

HTTPS = "https://"
AUTHORITY_PATH = "/api/v1/authority"
TIMEOUT_S = 20.0
MOST_BYTES = 64 * 1024
_PIN = re.compile(r"\.([0-9a-f]{64})$")


class AuthorityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to GET /api/v1/authority."""

    certificate: str = ""  # PEM


def pin_of(token: str) -> str:
    """The hash of the authority's key that a token ends with; empty: it has none."""
    match = _PIN.search(token.strip())
    return match[1] if match else ""


def is_exposed(url: str) -> bool:
    """Whether what is sent to an address can be read on the way there."""
    return not url.startswith(HTTPS) and not is_loopback(urlsplit(url).hostname or "")


def authority_for(url: str, token: str = "", file: Path | None = None) -> str:
    """The authority (PEM) to believe at an address; empty: those of this machine.

    Args:
        token: of the controller there, for enrolment or the API.
        file: with authorities (PEM); then nobody is asked.

    Raises:
        TrustError: the file cannot be used, nothing answers, or another controller does.
    """
    if not url.startswith(HTTPS):
        return ""
    if file is not None:
        return _read(file)
    pin = pin_of(token)
    return _asked_for(url.rstrip("/") + AUTHORITY_PATH, pin) if pin else ""


def told_authority(url: str) -> str:
    """The authority (PEM) that whoever answers at an https address says to be the controller's.

    Nothing shows yet that it is: that is for the enrolment itself, or for people, to find out.

    Raises:
        TrustError: nothing answers there.
    """
    return _fetched(url.rstrip("/") + AUTHORITY_PATH) if url.startswith(HTTPS) else ""


def trusting(authority: str, *, any_time: bool = False) -> ssl.SSLContext:
    """A client's context that believes the machine's authorities, and `authority` (PEM) if any.

    Args:
        any_time: whatever the dates of certificates: for what is believed by its signature, and
            may be asked by a machine whose clock nobody has set.
    """
    context = ssl.create_default_context()
    if any_time:
        context.verify_flags |= NO_CHECK_TIME
    if authority:
        context.load_verify_locations(cadata=authority)
        # A certificate that is named itself needs no authority above it.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _read(file: Path) -> str:
    try:
        text = file.read_text()
        trusting(text)
    except (ssl.SSLError, ValueError) as error:
        raise TrustError(f"{file} holds no certificates (PEM); name another file") from error
    except OSError as error:
        raise TrustError(os_error_text(error, file)) from error
    return text


def _asked_for(url: str, pin: str) -> str:
    """The controller's authority, from itself: whoever answers, its key's hash must be the pin."""
    certificate = _fetched(url)
    if not certificate:  # a controller that has none to tell: it shows another's certificate
        return ""
    try:
        found = ca_key_sha256(certificate)
    except CodecError as error:
        raise TrustError(f"{url} answers with no certificate; is a controller there?") from error
    if not hmac.compare_digest(found, pin):
        raise TrustError(
            f"at {url} another controller answers than the one that made the token;"
            " check the address, and that nobody stands between"
        )
    return certificate


def _fetched(url: str) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # believed by its hash
    try:
        with opener(url, context).open(url, timeout=TIMEOUT_S) as answer:
            content = answer.read(MOST_BYTES)
        return msgspec.json.decode(content, type=AuthorityAnswer).certificate
    except urllib.error.HTTPError:
        return ""
    except msgspec.MsgspecError as error:
        raise TrustError(f"{url} is no controller's answer; check the address") from error
    except (OSError, ValueError) as error:
        raise TrustError(f"cannot reach {url}: {connection_trouble(error, url)}") from error
