"""What operators say of notices."""

from typing import Annotated, Literal

from msgspec import Meta

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.bounds import DeviceId, Reason
from lamplighter_client.documents.requests import Body

MAX_MARK_S = 90 * 86400.0
MAX_NOTICE_CHARS = 60
NoticeKind = Annotated[str, Meta(pattern=r"^[a-z0-9_]*$(?!\n)", max_length=MAX_NOTICE_CHARS)]
MarkSeconds = Annotated[float, Meta(ge=0, le=MAX_MARK_S)]


class AttentionMark(Document, frozen=True, kw_only=True):
    """An acknowledgement or a mute."""

    id: int = 0
    kind: str = ""  # acknowledge | mute
    device: str = ""
    notice: str = ""  # kind of the notices; empty: all of the device
    reason: str = ""
    by: str = ""
    at: float = 0.0
    until: float = 0.0  # 0: until the notice has gone
    ended_at: float | None = None
    ended_by: str = ""


class MarkBody(Body, frozen=True, kw_only=True):
    """Acknowledge a notice, or mute notices.

    `notice`: its kind, as the device's `attention` has it; empty, for a mute: all of the device.
    `life_s`: for how many seconds; 0, for an acknowledgement: until the notice has gone.
    """

    kind: Literal["acknowledge", "mute"]
    device: DeviceId
    notice: NoticeKind = ""
    reason: Reason
    life_s: MarkSeconds = 0.0
