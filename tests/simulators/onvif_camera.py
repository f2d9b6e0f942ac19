"""A camera's ONVIF services, after the published specifications: device and media, with a login.

Written from the ONVIF Core and Media Service Specifications and the WS-Security UsernameToken
Profile 1.0; nothing of the agent's own code is in it.
"""

import base64
import hashlib
import re
import threading
import time
import xml.etree.ElementTree as Xml
from calendar import timegm
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TOLERANCE_S = 5.0
NAME, PASSWORD = "viewer", "s&cret <word>"
MAIN, SMALL = ("main", 1920, 1080, "/live/main"), ("small", 640, 360, "/live/small?x=1&y=2")


@dataclass
class OnvifCamera:
    """`profiles`: (token, width, height, path). `clock_s`: how far its clock is ahead.

    `answers`: what is answered in place of the proper answer, by the request's name.
    """

    profiles: list[tuple[str, int, int, str]] = field(default_factory=lambda: [SMALL, MAIN])
    clock_s: float = 0.0
    answers: dict[str, bytes] = field(default_factory=dict)
    challenge: str = ""  # of HTTP digest, where it takes no other login
    rtsp: str = "rtsp://10.99.99.99:8554"  # as it knows itself, behind another's address
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)

    def __enter__(self) -> "OnvifCamera":
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                request = self.rfile.read(length)
                status, content = camera.answered(self.path, request, self.headers)
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", camera.challenge)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"onvif://127.0.0.1:{self.port}"

    def answered(self, path: str, request: bytes, headers: Any) -> tuple[int, bytes]:
        """By HTTP digest, where it wants that; whoever asks for the time needs none."""
        is_time = b"GetSystemDateAndTime" in request
        given = headers.get("Authorization", "")
        if self.challenge and not is_time and not self._is_digest(path, given):
            return 401, b"who are you?"
        return self.answer(path, request, is_let_in=bool(self.challenge))

    def _is_digest(self, path: str, given: str) -> bool:
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
        hashed = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[fields.get("algorithm", "MD5")]

        def of(*parts: str) -> str:
            return hashed(":".join(parts).encode()).hexdigest()

        wanted = [of(NAME, fields.get("realm", ""), PASSWORD), fields.get("nonce", "")]
        if "qop" in fields:
            wanted += [fields["nc"], fields["cnonce"], fields["qop"]]
        is_right = of(*wanted, of("POST", path)) == fields.get("response")
        return is_right and f'nonce="{fields.get("nonce")}"' in self.challenge

    def answer(self, path: str, request: bytes, *, is_let_in: bool = False) -> tuple[int, bytes]:
        self.bodies.append(request)
        root = Xml.fromstring(request)  # noqa: S314 - of the program under test
        body = root.find(f"{{{SOAP}}}Body")
        assert body is not None
        name = body[0].tag.rpartition("}")[2]
        self.asked.append(name)
        if name in self.answers:
            return 200, self.answers[name]
        if name == "GetSystemDateAndTime":
            return 200, self._time()
        if not is_let_in and not self._is_let_in(root):
            return 400, _fault("ter:NotAuthorized", "Sender not Authorized")
        if name == "GetCapabilities" and path == "/onvif/device_service":
            address = f"http://10.99.99.99:{self.port}/onvif/Media"
            return 200, _envelope(
                "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
                f"<tt:XAddr>{address}</tt:XAddr></tt:Media></tds:Capabilities>"
                "</tds:GetCapabilitiesResponse>"
            )
        if path != "/onvif/Media":
            return 404, b"not found"
        if name == "GetProfiles":
            listed = "".join(map(_profile, self.profiles))
            return 200, _envelope(f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>")
        return self._uri(body[0])

    def _uri(self, request: Xml.Element) -> tuple[int, bytes]:
        token = next(one.text for one in request.iter() if one.tag.endswith("}ProfileToken"))
        path = next((one[3] for one in self.profiles if one[0] == token), None)
        if path is None:
            return 400, _fault("ter:NoProfile", "Profile token does not exist")
        uri = f"{self.rtsp}{path}".replace("&", "&amp;")
        return 200, _envelope(
            "<trt:GetStreamUriResponse><trt:MediaUri>"
            f"<tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
        )

    def _is_let_in(self, root: Xml.Element) -> bool:
        token = root.find(f".//{{{WSSE}}}UsernameToken")
        if token is None:
            return False
        name, given = token.findtext(f"{{{WSSE}}}Username"), token.find(f"{{{WSSE}}}Password")
        nonce = token.findtext(f"{{{WSSE}}}Nonce") or ""
        created = token.findtext(f"{{{WSU}}}Created") or ""
        made_at = timegm(time.strptime(created, "%Y-%m-%dT%H:%M:%SZ"))
        is_fresh = abs(made_at - (time.time() + self.clock_s)) < TOLERANCE_S
        is_new = nonce not in self.nonces
        self.nonces.add(nonce)
        proof = hashlib.sha1(base64.b64decode(nonce) + created.encode() + PASSWORD.encode())  # noqa: S324
        wanted = base64.b64encode(proof.digest()).decode()
        is_right = given is not None and given.text == wanted and name == NAME
        return is_right and is_fresh and is_new

    def _time(self) -> bytes:
        now = time.gmtime(time.time() + self.clock_s)
        return _envelope(
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{now.tm_hour}</tt:Hour><tt:Minute>{now.tm_min}</tt:Minute>"
            f"<tt:Second>{now.tm_sec}</tt:Second></tt:Time>"
            f"<tt:Date><tt:Year>{now.tm_year}</tt:Year><tt:Month>{now.tm_mon}</tt:Month>"
            f"<tt:Day>{now.tm_mday}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )


def _profile(profile: tuple[str, int, int, str]) -> str:
    token, width, height, _ = profile
    return (
        f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token} stream</tt:Name>'
        "<tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding>"
        f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height>"
        "</tt:Resolution><tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit>"
        "</tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"
    )


def _envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{SOAP}"'
        ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
        ' xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
        ' xmlns:tt="http://www.onvif.org/ver10/schema"'
        ' xmlns:ter="http://www.onvif.org/ver10/error">'
        f"<env:Body>{body}</env:Body></env:Envelope>"
    ).encode()


def _fault(code: str, reason: str) -> bytes:
    return _envelope(
        "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode>"
        f"<env:Value>{code}</env:Value></env:Subcode></env:Code>"
        f'<env:Reason><env:Text xml:lang="en">{reason}</env:Text></env:Reason></env:Fault>'
    )
