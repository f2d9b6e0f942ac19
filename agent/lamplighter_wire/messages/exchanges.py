"""What is asked for and answered, either way."""

from typing import Any

from lamplighter_wire.messages.base import Message
from lamplighter_wire.messages.orders import OperatingPoint
from lamplighter_wire.messages.reports import Shift
from lamplighter_wire.topics import StreamId


class Request(Message, frozen=True, kw_only=True):
    """A device asks for something."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    seq: int = 0
    at: float = 0.0
    kind: str = ""  # RequestKind
    chunks: list[str] = []  # kind = chunks: the hashes wanted now, at most a window
    artifact: str = ""  # kind = chunks: as whose they are listened for; empty: each by itself
    # kind = chunks: for how long the device has listened for all of them and missed none
    listening_s: float = 0.0
    delivery_s: float = 0.0  # kind = chunks: from asking to having, smoothed; 0: not known
    csr: bytes = b""  # kind = certificate: PKCS #10, DER; its common name is the device
    revision: int = 0
    trigger: str = ""  # TriggerKind
    shift: Shift | None = None
    answered_by: OperatingPoint | None = None  # the rung that already answers on the device
    served: OperatingPoint | None = None  # what served before the rung that answers


class ToldTime(Message, frozen=True, kw_only=True):
    """What time it is, as a controller signs it for whoever asked with a number of its own."""

    nonce: str = ""
    at: float = 0.0  # wall time, seconds


class Command(Message, frozen=True, kw_only=True):
    """Controller to device."""

    id: str = ""
    device: str = ""
    kind: str = ""  # CommandKind
    at: float = 0.0
    expires_at: float = 0.0
    data: dict[str, Any] = {}


class Confirmed(Message, frozen=True, kw_only=True):
    """What is durable at the controller, of what a session of a device has sent."""

    device: str = ""
    epoch: int = 0  # the session, see Birth
    number: int = 0  # all messages up to this one, by the numbers that they were sent with
    again: bool = False  # of later ones some did not arrive: send them again
    known: int = 0  # the device has used numbers up to this one, even if it does not remember


class PictureOrder(Message, frozen=True, kw_only=True):
    """Pictures that a controller asks a device for; travels in Command.data."""

    order: str = ""  # names it in pictures and events
    stream: StreamId = ""  # which camera; empty: each that there is
    count: int = 0  # at most so many; 0: no more
    interval_s: float = 0.0  # between two of a camera


class Picture(Message, frozen=True, kw_only=True):
    """One picture of a camera, as asked for; neither side sends it on."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    order: str = ""
    at: float = 0.0
    jpeg: bytes = b""  # at most 64 KiB
