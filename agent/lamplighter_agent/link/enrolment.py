"""From a token to an identity: key and CSR made here, certificate and key set from the controller.

The private key never leaves the device and the token's secret never travels; the answer is
believed only when it was made with that secret and comes from the authority the token names.
"""

import http.client
import logging
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lamplighter_wire.codec import MAX_MESSAGE_BYTES, decode, encode
from lamplighter_wire.enrolment import (
    ENROL_PATH,
    EnrolResponse,
    Token,
    build_request,
    verify_response,
)
from lamplighter_wire.errors import WireError
from lamplighter_wire.files import write_atomically
from lamplighter_wire.https.trouble import connection_trouble, tls_trouble
from lamplighter_wire.https.trust import authority_for, told_authority, trusting
from lamplighter_wire.https.web_address import checked_web_address, opener
from lamplighter_wire.joining.codes import token_of_code
from lamplighter_wire.joining.sealed import unseal
from lamplighter_wire.key_succession import BelievedKeys, follow
from lamplighter_wire.messages import SignedKeys
from lamplighter_wire.signing import KeySet
from lamplighter_wire.topics import is_device_id

from lamplighter_agent.errors import EnrolError, UnansweredError
from lamplighter_agent.link.certificates.device_keys import (
    certificate_request,
    check_certificate,
    load_key,
    new_key,
)
from lamplighter_agent.link.identity import (
    AUTHORITY,
    CERTIFICATE,
    FOLDER,
    KEY,
    RECORD,
    Identity,
    IdentityRecord,
    load_identity,
    with_keys,
)

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0
PENDING = "pending.key"
# Statuses after which another attempt may succeed.
BUSY, SERVER_ERRORS = (429,), 500
Post = Callable[[str, bytes], bytes]


def enrol(
    url: str, token: str, state_dir: Path, device: str = "", ca: Path | None = None
) -> Identity:
    """Enrol at the controller and keep the identity under `state_dir`.

    Args:
        token: the operator's token.
        device: the id asked for; empty: made from the host name.
        ca: authority (PEM) of the certificate at an https address; None: one of this machine's, or
            the controller's own, which the token names.

    Raises:
        EnrolError: with what to do next.
    """

    def post(address: str, body: bytes) -> bytes:
        return post_json(address, body, authority_for(url, token, ca))

    return enrol_through(post, url, token, state_dir, device)


def enrol_by_code(
    url: str, code: str, state_dir: Path, device: str = "", ca: Path | None = None
) -> Identity:
    """`enrol` with a short code, which names no authority.

    Whoever answers must know the code: a connection that nobody has vouched for will do.

    Raises:
        EnrolError: with what to do next.
    """
    try:
        token = token_of_code(code)
    except WireError as error:
        raise EnrolError(f"--code: {error}") from error

    def post(address: str, body: bytes) -> bytes:
        return post_json(address, body, authority_for(url, file=ca) if ca else told_authority(url))

    return enrol_through(post, url, token, state_dir, device)


def enrol_through(
    post: Post, url: str, token: str | Token, state_dir: Path, device: str = ""
) -> Identity:
    """`enrol` over any way to post bytes to an address and get the answer's."""
    device = device_or_default(device)
    key = pending_key(state_dir / FOLDER)
    try:
        checked_web_address(url)
        parsed = token if isinstance(token, Token) else Token.parse(token)
        csr = certificate_request(key, device).public_bytes(serialization.Encoding.PEM).decode()
        request = build_request(parsed, device, csr)
        response = decode(post(url.rstrip("/") + ENROL_PATH, encode(request)), EnrolResponse)
        verify_response(response, parsed, request.nonce)
        KeySet.from_dict(response.keys)
        camera = unseal(response.sealed_camera, parsed.secret, request.nonce)
    except WireError as error:
        raise EnrolError(f"enrolment at {url} failed: {error}") from error
    return keep_identity(state_dir, response, key, device, url, camera)


def keep_identity(
    state_dir: Path,
    response: EnrolResponse,
    key: ec.EllipticCurvePrivateKey,
    device: str,
    url: str,
    camera: str,
) -> Identity:
    """Keep what the controller answered, once that is known to come from it.

    Raises:
        EnrolError: the certificate is not for our key, or the disk is full.
    """
    ends_at = check_certificate(response.certificate, response.ca, key, device)
    record = IdentityRecord(
        device, response.broker, response.keys, url, ends_at=ends_at, camera=camera
    )
    _save(state_dir / FOLDER, response, with_keys(record, _believed(response)))
    log.info("enrolled as %s", device)
    return load_identity(state_dir)


def _believed(response: EnrolResponse) -> BelievedKeys:
    """The newest list of keys, where one comes along that a key of the answer has signed.

    Raises:
        EnrolError: it is not to be believed.
    """
    try:
        told = BelievedKeys(KeySet.from_dict(response.keys))
        if not response.signed_keys:
            return told
        return follow(told, [decode(response.signed_keys, SignedKeys)])
    except WireError as error:
        raise EnrolError(
            f"the controller's signing keys are not to be believed: {error}"
        ) from error


def device_or_default(device: str) -> str:
    """The id that is asked for.

    Raises:
        EnrolError: it is none.
    """
    device = device or default_device_id(socket.gethostname())
    if not is_device_id(device):
        raise EnrolError(f"not a device id: {device!r}; use 1 to 40 of a-z, 0-9 and '-'")
    return device


def default_device_id(hostname: str) -> str:
    """A device id from a host name."""
    return re.sub(r"[^a-z0-9-]+", "-", hostname.split(".")[0].lower()).strip("-")[:40]


def pending_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The key of an enrolment that got no answer or did not end, else a new one.

    The controller answers a used token again for the same key only, so neither an answer that was
    lost nor a power cut costs a token.
    """
    try:
        _take_back_key(folder)
        return load_key(folder / PENDING) or new_key(folder / PENDING)
    except (OSError, ValueError) as error:
        raise EnrolError(f"cannot keep a key in {folder}: {error}; check state_dir") from error


def _take_back_key(folder: Path) -> None:
    """Power failed between the key's move to its place and the record that completes it."""
    if not any((folder / name).exists() for name in (RECORD, PENDING)):
        with suppress(FileNotFoundError):
            (folder / KEY).replace(folder / PENDING)


def _save(folder: Path, response: EnrolResponse, record: IdentityRecord) -> None:
    try:
        (folder / RECORD).unlink(missing_ok=True)
        write_atomically(folder / CERTIFICATE, [response.certificate.encode()])
        write_atomically(folder / AUTHORITY, [response.ca.encode()])
        (folder / PENDING).replace(folder / KEY)
        write_atomically(folder / RECORD, [msgspec.json.encode(record)])
    except OSError as error:
        raise EnrolError(f"cannot write {folder}: {error}; check state_dir") from error


def post_json(url: str, body: bytes, authority: str) -> bytes:
    """POST JSON; `authority` (PEM) is believed beside those of the machine.

    Raises:
        EnrolError: with the server's own explanation.
    """
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
        url, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    context = trusting(authority, any_time=True)  # a clock may not be set before there is a network
    try:
        with opener(url, context).open(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read(MAX_MESSAGE_BYTES + 1))
    except urllib.error.HTTPError as error:
        kind = UnansweredError if error.code in BUSY or error.code >= SERVER_ERRORS else EnrolError
        raise kind(f"the controller refused: {_explanation(error)}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        if trouble := tls_trouble(error, url):
            raise EnrolError(f"cannot trust {url}: {trouble}") from error
        trouble = connection_trouble(error, url)
        raise UnansweredError(
            f"cannot reach {url}: {trouble}; is the controller running?"
        ) from error


def _explanation(error: urllib.error.HTTPError) -> str:
    """The `detail` or `title` of a problem+json answer, else the status line."""
    try:
        problem = msgspec.json.decode(error.read(MAX_MESSAGE_BYTES), type=dict[str, object])
    except (msgspec.MsgspecError, OSError):
        problem = {}
    text = problem.get("detail") or problem.get("title") or error.reason
    return f"{text} (HTTP {error.code})"
