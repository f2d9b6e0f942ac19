"""One picture of a camera, so that lines can be drawn: asked for once, answered once."""

from lamplighter_wire.messages.base import Message
from lamplighter_wire.topics import StreamId


class StillOrder(Message, frozen=True, kw_only=True):
    """A still that a controller asks a device for; travels in Command.data."""

    order: str = ""  # names it in the answer
    stream: StreamId = ""  # which camera; empty: the only one


class Still(Message, frozen=True, kw_only=True):
    """The answer to a StillOrder: a picture, or why there is none. Neither side keeps it."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    order: str = ""
    at: float = 0.0  # when the picture was taken
    refused: str = ""  # why there is none; empty: there is one
    privacy: str = ""  # StillPrivacy: what is left of the picture
    width: int = 0  # of the camera's picture, in which lines are drawn, px
    height: int = 0
    blurred: int = 0  # road users that were found and made unreadable
    jpeg: bytes = b""  # at most 64 KiB
    preview: bytes = b""  # RGB, row by row, for terminals
    preview_width: int = 0  # at most 160
    preview_height: int = 0
