"""Logs as one JSON object per line, on standard error."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger(__name__)

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


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """What ends a thread, or the process."""
    if error is not None and not issubclass(kind, SystemExit):
        log.critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))


def set_up_logging(device: str, level: str, conceal: Callable[[str], str] = str) -> None:
    """Send all logs of this process to standard error, without what `conceal` takes out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(device, conceal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda ended: _log_uncaught(
        ended.exc_type, ended.exc_value, ended.exc_traceback
    )
    set_log_level(level)


def set_log_level(level: str) -> None:
    """From now on: debug, info, warning or error."""
    known = logging.getLevelNamesMapping()
    logging.getLogger().setLevel(known.get(level.upper(), logging.INFO))
