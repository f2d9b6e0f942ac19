"""The newest lines of a device's log."""

from typing import Annotated

from lamplighter_wire.policy.log_limits import MOST_LINES, LogLevel
from msgspec import Meta

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.requests import Body


class LogBody(Body, frozen=True, kw_only=True):
    """Which lines: the newest so many of a level and above."""

    lines: Annotated[int, Meta(ge=1, le=MOST_LINES)] = 100
    level: LogLevel = "info"


class LogEntry(Document, frozen=True, kw_only=True):
    """What an agent wrote to its log, on one line, without what is secret."""

    at: float = 0.0  # wall clock, by the device
    level: str = ""  # debug | info | warning | error | critical
    logger: str = ""  # which part of the agent
    text: str = ""


class LogLines(Document, frozen=True, kw_only=True):
    """As the device gave them; the controller keeps none.

    An agent remembers its newest 500 lines, and none of before it was started.
    """

    device: str = ""
    at: float = 0.0  # when they were read, wall clock, by the device
    lines: list[LogEntry] = []  # oldest first
    since: float = 0.0  # the oldest line that it remembers; 0: it remembers none
    left_out: int = 0  # lines that were asked for, are remembered and had no room
