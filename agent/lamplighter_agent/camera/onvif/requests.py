"""Requests to a camera's ONVIF services: SOAP 1.2 over HTTP, with a password that does not travel.

After the ONVIF Core Specification and the WS-Security UsernameToken Profile 1.0: the digest is of a
nonce, the time and the password. Cameras that want HTTP digest in its place are answered so.
"""

import base64
import hashlib
import http.client
import secrets
import time
from calendar import timegm
from dataclasses import dataclass, replace
from typing import NamedTuple
from xml.sax.saxutils import escape

from lamplighter_agent.camera.onvif.answers import MOST_BYTES, Element, read_answer
from lamplighter_agent.camera.onvif.http_digest import authorization
from lamplighter_agent.errors import SourceError

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SECURITY, UTILITY = f"{_OASIS}-wssecurity-secext-1.0.xsd", f"{_OASIS}-wssecurity-utility-1.0.xsd"
DIGEST = f"{_OASIS}-username-token-profile-1.0#PasswordDigest"
NONCE_BYTES = 16
TIMEOUT_S = 5.0
REFUSED = "it refuses name or password for ONVIF; name both in the file camera_credentials"


class Login(NamedTuple):
    """Of one of the camera's users; its password stands in no text of this program."""

    name: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.name!r})"


@dataclass(frozen=True)
class Camera:
    """Where a camera answers, and as whom it is asked.

    clock_s: how far its clock is ahead of ours; it refuses what was made at another time.
    """

    host: str
    port: int
    login: Login
    clock_s: float = 0.0

    def ask(self, path: str, body: str, *, signed: bool = True) -> Element:
        """The body of its answer.

        Raises:
            SourceError: it does not answer, refuses, or answers with what cannot be read.
        """
        header = _security(self.login, time.time() + self.clock_s) if signed else ""
        status, challenge, data = self._post(path, envelope(body, header))
        if status == 401 and signed and self.login.name:  # it knows the other way only
            proof = authorization(challenge, *self.login, "POST", path)
            if proof:
                status, _, data = self._post(path, envelope(body), proof)
        if status in (401, 403):
            raise SourceError(REFUSED)
        answer = read_answer(data)
        fault = answer.first("Fault")
        if fault is not None:
            raise SourceError(_fault_text(fault))
        content = answer.first("Body")
        if status != 200 or content is None:
            raise SourceError(f"it answers an ONVIF request with HTTP {status}; is it a camera?")
        return content

    def by_its_clock(self) -> "Camera":
        """The same, asked at the times of its own clock; it tells them to anybody."""
        asked = f'<GetSystemDateAndTime xmlns="{DEVICE}"/>'
        try:
            now = self.ask("/onvif/device_service", asked, signed=False).first("UTCDateTime")
            told_s = _seconds(now) if now is not None else None
        except SourceError:
            told_s = None  # some want a password for that, too
        return self if told_s is None else replace(self, clock_s=told_s - time.time())

    def _post(self, path: str, content: str, proof: str = "") -> tuple[int, str, bytes]:
        """Status, challenge and content of the answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        headers |= {"Authorization": proof} if proof else {}
        try:
            connection.request("POST", path, content.encode(), headers)
            response = connection.getresponse()
            challenge = response.headers.get("WWW-Authenticate", "")
            return response.status, challenge, response.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            text = f"no ONVIF at port {self.port} of {self.host}: {why}; switch it on in the camera"
            raise SourceError(text) from error
        finally:
            connection.close()


def envelope(body: str, header: str = "") -> str:
    """A request as it is posted."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{ENVELOPE}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def digest(nonce: bytes, created: str, password: str) -> str:
    """What shows that somebody knows a password, in base64."""
    made = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    return base64.b64encode(made.digest()).decode()


def _security(login: Login, now: float) -> str:
    if not login.name:
        return ""
    nonce = secrets.token_bytes(NONCE_BYTES)
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    proof, shown = digest(nonce, created, login.password), base64.b64encode(nonce).decode()
    return (
        f'<Security xmlns="{SECURITY}" s:mustUnderstand="1"><UsernameToken>'
        f"<Username>{escape(login.name)}</Username>"
        f'<Password Type="{DIGEST}">{proof}</Password>'
        f"<Nonce>{shown}</Nonce>"
        f'<Created xmlns="{UTILITY}">{created}</Created>'
        "</UsernameToken></Security>"
    )


def _fault_text(fault: Element) -> str:
    codes = [one.text.rpartition(":")[2].strip() for one in fault.all("Value")]
    if {"NotAuthorized", "FailedAuthentication", "InvalidSecurity"} & set(codes):
        return REFUSED
    reason = fault.words("Reason", "Text")[:200] or ", ".join(codes)[:200]
    return f"it refuses an ONVIF request: {reason or 'it does not say why'}"


def _seconds(moment: Element) -> float | None:
    """Wall-clock seconds of a UTCDateTime; None where it is none."""
    names = [("Date", name) for name in ("Year", "Month", "Day")]
    names += [("Time", name) for name in ("Hour", "Minute", "Second")]
    try:
        year, month, day, hour, minute, second = (int(moment.words(*name)) for name in names)
        return float(timegm((year, month, day, hour, minute, second, 0, 1, 0)))
    except (ValueError, OverflowError):
        return None
