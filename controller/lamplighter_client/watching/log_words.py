"""The log of a device in words, the same in commands and on screens. Pure."""

from datetime import datetime

from lamplighter_wire.words.printable import one_line

from lamplighter_client.documents.fleet.device_log import LogEntry, LogLines

AGENT = "lamplighter_agent."


def part(entry: LogEntry) -> str:
    """Which part of the agent has logged it."""
    return one_line(entry.logger.removeprefix(AGENT))


def moment(at: float) -> str:
    """A wall time in seconds, here, to the second."""
    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")[:19]


def log_line(entry: LogEntry) -> str:
    """When, how bad, which part and what."""
    text = one_line(entry.text)
    return f"{moment(entry.at)} {one_line(entry.level):8} {part(entry)}: {text}"


def remembered(log: LogLines, since: str) -> str:
    """How far back a device remembers, and what had no room; `since`: that moment, as shown."""
    if not log.since:
        return "nothing to remember: its agent has just been started"
    said = f"remembered since {since}"
    return f"{said}, {log.left_out} older lines had no room" if log.left_out else said
