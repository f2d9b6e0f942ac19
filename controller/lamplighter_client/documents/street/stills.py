"""One picture of a camera, to draw lines on."""

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.bounds import DeviceOrNone
from lamplighter_client.documents.requests import Body


class StillBody(Body, frozen=True, kw_only=True):
    """Of which camera; empty: the only one."""

    stream: DeviceOrNone = ""


class DeviceStill(Document, frozen=True, kw_only=True):
    """A still as the device gave it, reduced as its own settings say. It is kept nowhere.

    `width` and `height` are of the camera's picture, in which lines are drawn; `jpeg` may be
    smaller. `preview` is RGB, row by row from above, three bytes for each dot. Both are base64.
    """

    device: str = ""
    stream: str = ""
    at: float = 0.0  # wall clock, by the device
    privacy: str = ""  # edges | blurred | full
    width: int = 0
    height: int = 0
    blurred: int = 0  # road users that were found and made unreadable
    jpeg: bytes = b""
    preview: bytes = b""
    preview_width: int = 0
    preview_height: int = 0
