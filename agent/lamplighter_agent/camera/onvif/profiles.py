"""Which streams a camera has, and which of them to take: the main one, and a smaller one.

The smaller one is that near to what networks look at: decoding 1080p costs more than many of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.onvif.answers import Element
from lamplighter_agent.camera.onvif.requests import DEVICE, MEDIA, SCHEMA, Camera, Login
from lamplighter_agent.errors import SourceError

PREFIX = "onvif://"
DEVICE_SERVICE = "/onvif/device_service"
MOST_PROFILES = 16
# What networks look at mostly; a smaller stream is to be near it.
NETWORK_PX = 512 * 384


@dataclass(frozen=True, slots=True)
class Profile:
    """One of a camera's streams; figures are 0 where it does not tell them."""

    token: str
    name: str
    encoding: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}" if self.width else "of unknown size"
        rate = f" at {self.fps:g} frames/s" if self.fps else ""
        return f"{self.name or self.token}: {size} {self.encoding}".rstrip() + rate


@dataclass(frozen=True, slots=True)
class Streams:
    """What was found: addresses to open, credentials in them only where they were in the asked one.

    sub: of the smaller stream; empty: there is none.
    """

    main: str
    sub: str
    profiles: tuple[Profile, ...]
    taken: tuple[Profile, ...]


def find_streams(address: str, options: CameraOptions) -> Streams:
    """Ask the camera at `onvif://HOST[:PORT]`.

    Raises:
        SourceError: it does not answer, refuses, or has no stream.
    """
    parts = _parts(address)
    known = urlsplit(options.address(address))
    login = Login(unquote(known.username or ""), unquote(known.password or ""))
    camera = Camera(parts.hostname or "", parts.port or 80, login).by_its_clock()
    media = _media_path(camera)
    body = camera.ask(media, f'<GetProfiles xmlns="{MEDIA}"/>')
    profiles = [_profile(one) for one in body.all("Profiles")[:MOST_PROFILES]]
    main, sub = choose(profiles)
    addresses = [_address(camera, media, one, parts) for one in (main, sub) if one is not None]
    taken = tuple(one for one in (main, sub) if one is not None)
    return Streams(addresses[0], addresses[1] if sub else "", tuple(profiles), taken)


def choose(profiles: Sequence[Profile]) -> tuple[Profile, Profile | None]:
    """The largest, and of those with fewer pixels the one nearest to what networks look at.

    Raises:
        SourceError: there is none.
    """
    if not profiles:
        raise SourceError("its ONVIF service names no profile; make one in the camera")
    main = max(profiles, key=lambda one: one.width * one.height)
    smaller = [one for one in profiles if 0 < one.width * one.height < main.width * main.height]
    return main, min(smaller, key=_distance, default=None)


def _distance(profile: Profile) -> float:
    return abs(math.log(profile.width * profile.height / NETWORK_PX))


def _parts(address: str) -> SplitResult:
    parts = urlsplit(address)
    try:
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host:
        raise SourceError(
            f"{PREFIX}… wants a host, and a port where it is not 80: onvif://HOST:8000"
        )
    return parts


def _media_path(camera: Camera) -> str:
    """Where its media service answers; of the address only the path is believed."""
    asked = f'<GetCapabilities xmlns="{DEVICE}"><Category>Media</Category></GetCapabilities>'
    told = camera.ask(DEVICE_SERVICE, asked).words("Media", "XAddr")
    path = urlsplit(told).path if told else ""
    return quote(path or "/onvif/media_service", safe="/%")


def _profile(element: Element) -> Profile:
    encoder = element.first("VideoEncoderConfiguration") or Element("")
    return Profile(
        token=element.attributes.get("token", ""),
        name=element.words("Name")[:80],
        encoding=encoder.words("Encoding")[:20],
        width=int(_number(encoder.words("Resolution", "Width"))),
        height=int(_number(encoder.words("Resolution", "Height"))),
        fps=_number(encoder.words("RateControl", "FrameRateLimit")),
    )


def _number(words: str) -> float:
    try:
        value = float(words)
    except ValueError:
        return 0.0
    return value if 0 < value < 100_000 else 0.0


def _address(camera: Camera, media: str, profile: Profile, asked: SplitResult) -> str:
    """Where a profile is received. Whatever host it names, it is the one that was asked: cameras
    behind others name addresses that only they know."""
    body = (
        f'<GetStreamUri xmlns="{MEDIA}"><StreamSetup>'
        f'<Stream xmlns="{SCHEMA}">RTP-Unicast</Stream>'
        f'<Transport xmlns="{SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
        f"<ProfileToken>{_text(profile.token)}</ProfileToken></GetStreamUri>"
    )
    told = urlsplit(camera.ask(media, body).words("MediaUri", "Uri"))
    try:
        port = f":{told.port}" if told.port else ""
    except ValueError:
        port = ""
    if told.scheme not in ("rtsp", "rtsps"):
        raise SourceError(f"its profile {profile.name or profile.token} has no RTSP address")
    user = asked.netloc.rpartition("@")[0]
    host = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname
    place = f"{user}@{host}{port}" if user else f"{host}{port}"
    return told._replace(netloc=place).geturl()


def _text(token: str) -> str:
    return quoteattr(token)[1:-1]
