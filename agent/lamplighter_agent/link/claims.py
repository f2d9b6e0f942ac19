"""Enrolment without a token: the device asks, and an operator compares fingerprints."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enrolment import EnrolResponse, ca_key_sha256
from lamplighter_wire.errors import SignatureError, WireError
from lamplighter_wire.https.trust import authority_for, is_exposed, told_authority
from lamplighter_wire.https.web_address import checked_web_address
from lamplighter_wire.joining.claims import (
    CLAIM_PATH,
    POLL_S,
    ClaimAnswer,
    ClaimRequest,
    ClaimState,
    fingerprint,
)
from lamplighter_wire.signing import KeySet

from lamplighter_agent.errors import EnrolError, UnansweredError
from lamplighter_agent.link.certificates.device_keys import certificate_request
from lamplighter_agent.link.enrolment import (
    device_or_default,
    keep_identity,
    pending_key,
    post_json,
)
from lamplighter_agent.link.identity import FOLDER, Identity

Tell = Callable[[str], object]
Wait = Callable[[float], object]


def enrol_by_claim(
    url: str,
    state_dir: Path,
    device: str = "",
    ca: Path | None = None,
    tell: Tell = print,
    wait: Wait = time.sleep,
) -> Identity:
    """Ask to come in until an operator has accepted; the fingerprint to compare is told.

    Raises:
        EnrolError: with what to do next.
    """
    device = device_or_default(device)
    if is_exposed(url):
        raise EnrolError(f"a claim needs https://, as nothing else protects it: {url}")
    key = pending_key(state_dir / FOLDER)
    csr = certificate_request(key, device).public_bytes(serialization.Encoding.PEM).decode()
    body = encode(ClaimRequest(device=device, csr=csr))
    try:
        checked_web_address(url)
        authority = authority_for(url, file=ca) if ca else told_authority(url)
        met = ca_key_sha256(authority) if authority and not ca else ""

        def ask() -> ClaimAnswer:
            return decode(post_json(url.rstrip("/") + CLAIM_PATH, body, authority), ClaimAnswer)

        answer = ask()
        met = _checked(answer, met)
        tell(f"fingerprint {fingerprint(met, _key_hash(key))}; an operator compares and accepts it")
        while answer.state == ClaimState.PENDING:
            answer = _asked_again(ask, tell, wait)
        _checked(answer, met)
        KeySet.from_dict(answer.keys)
    except WireError as error:
        raise EnrolError(f"the claim at {url} failed: {error}") from error
    response = EnrolResponse(
        certificate=answer.certificate,
        ca=answer.ca,
        keys=answer.keys,
        broker=answer.broker,
        signed_keys=answer.signed_keys,
    )
    return keep_identity(state_dir, response, key, device, url, answer.camera)


def _asked_again(ask: Callable[[], ClaimAnswer], tell: Tell, wait: Wait) -> ClaimAnswer:
    """The next answer; what is in the way is told once, and waited for."""
    told = ""
    while True:
        wait(POLL_S)
        try:
            return ask()
        except UnansweredError as error:
            if str(error) != told:
                told = str(error)
                tell(f"{told}; asking again")


def _checked(answer: ClaimAnswer, met: str) -> str:
    """The hash of the authority's key, which must be that of whom we have met."""
    found = ca_key_sha256(answer.ca)
    if met and found != met:
        raise SignatureError("the answer names another authority than the one met before")
    return found


def _key_hash(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()
