"""Logs as one JSON object per line, on standard error; the newest are kept in memory, too."""

import json
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

from lamplighter_wire.messages import LogLine
from lamplighter_wire.policy.log_limits import MOST_TEXT
from lamplighter_wire.words.printable import one_line

log = logging.getLogger(__name__)

# About half a megabyte at most.
MOST_KEPT = 500
CUT = " … "
# Of a text that is too long: what happened stands at its begin, why at the end of its trace back.
BEGIN = MOST_TEXT // 3
_PLAIN = logging.Formatter()
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """Time, level, logger, text, the device, and whatever `extra` holds.

    `conceal` takes out of each text what nobody may read there.
    """

    def __init__(self, device: str, conceal: Callable[[str], str] = str) -> None:
        super().__init__()
        self._device, self._conceal = device, conceal

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": self._conceal(record.getMessage()),
            "device": self._device,
        }
        line |= {k: self._conceal(str(v)) for k, v in vars(record).items() if k not in _STANDARD}
        if record.exc_info:
            line["trace_back"] = self._conceal(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class RecentLog(logging.Handler):
    """Keeps what the process logs. `conceal` takes out of each text what nobody may read there."""

    def __init__(self, conceal: Callable[[str], str] = str) -> None:
        super().__init__()
        self._conceal = conceal
        self._lines: deque[LogLine] = deque(maxlen=MOST_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = one_line(self._conceal(_text(record)))
            level = record.levelname.lower()
            self._lines.append(
                LogLine(at=record.created, level=level, logger=record.name, text=_cut(text))
            )
        except Exception:  # noqa: BLE001 - as every handler: no log line ends what wrote it
            self.handleError(record)

    def lines(self) -> list[LogLine]:
        """Oldest first."""
        self.acquire()
        try:
            return list(self._lines)
        finally:
            self.release()


def _text(record: logging.LogRecord) -> str:
    if not record.exc_info:
        return record.getMessage()
    return f"{record.getMessage()} | {_PLAIN.formatException(record.exc_info)}"


def _cut(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    return text[:BEGIN] + CUT + text[BEGIN + len(CUT) - MOST_TEXT :]


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """What ends a thread, or the process."""
    if error is not None and not issubclass(kind, SystemExit):
        log.critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))


def set_up_logging(device: str, level: str, conceal: Callable[[str], str] = str) -> RecentLog:
    """Send all logs of this process to standard error, without what `conceal` takes out.

    The newest are kept in memory, too: for whoever may ask.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(device, conceal))
    root = logging.getLogger()
    recent = RecentLog(conceal)
    root.handlers[:] = [handler, recent]
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda ended: _log_uncaught(
        ended.exc_type, ended.exc_value, ended.exc_traceback
    )
    set_log_level(level)
    return recent


def set_log_level(level: str) -> None:
    """From now on: debug, info, warning or error."""
    known = logging.getLevelNamesMapping()
    logging.getLogger().setLevel(known.get(level.upper(), logging.INFO))
