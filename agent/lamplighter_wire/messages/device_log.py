"""The newest lines of an agent's log: asked for once, answered once."""

from typing import Annotated

from msgspec import Meta

from lamplighter_wire.messages.base import Message
from lamplighter_wire.policy.log_limits import MOST_LINES, LogLevel


class LogOrder(Message, frozen=True, kw_only=True):
    """Lines that a controller asks a device for; travels in Command.data."""

    order: str = ""  # names it in the answer
    lines: Annotated[int, Meta(ge=1, le=MOST_LINES)] = 100  # the newest so many
    level: LogLevel = "info"  # the least


class LogLine(Message, frozen=True, kw_only=True):
    """What the agent wrote to its log, on one line, without what is secret."""

    at: float = 0.0  # wall clock
    level: str = ""  # debug | info | warning | error | critical
    logger: str = ""  # which part of the agent
    text: str = ""  # with the trace back of an error, if there is one


class DeviceLog(Message, frozen=True, kw_only=True):
    """The answer to a LogOrder: lines, or why there are none. The controller keeps none of it."""

    device: str = ""
    order: str = ""
    at: float = 0.0  # when it was read
    refused: str = ""  # why there are none; empty: here they are
    lines: Annotated[list[LogLine], Meta(max_length=MOST_LINES)] = []  # oldest first
    since: float = 0.0  # the oldest line that the agent remembers; 0: it remembers none
    left_out: int = 0  # lines asked for that it remembers and that had no room
