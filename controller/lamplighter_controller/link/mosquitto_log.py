"""The broker's own log file: an operator sees what is wrong, and its size has a limit."""

import collections
import contextlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

# Words of lines that an operator must see.
TROUBLE = ("Error", "exceeded", "Too many open files")
# Somebody connected and went, as we do ourselves to see whether it listens; 2.1 calls it an error.
HARMLESS = "unexpected eof while reading"
TLS_ERROR = "OpenSSL Error"
LOOK_S = 1.0
MOST_BYTES = 10 * 1024 * 1024
LAST_LINES = 50
# Strangers at its port must not fill our log by way of the broker's.
LINES_PER_MINUTE = 20


class MosquittoLog:
    """Passes new lines on. A file, because the broker may outlive its reader.

    Args:
        refused: told why somebody did not get in by TLS; by whom, mosquitto does not say.
    """

    def __init__(self, path: Path, refused: Callable[[str], None] = lambda _reason: None) -> None:
        self.path, self._refused = path, refused
        self._position = path.stat().st_size if path.exists() else 0
        self._last: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._minute, self._lines = 0, 0

    def follow(self) -> None:
        """Read until it is closed."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mosquitto-log", daemon=True)
            self._thread.start()

    def last_lines(self) -> list[str]:
        """The broker's last words."""
        self._read()
        return list(self._last)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            thread.join()
            self._closing.clear()

    def _run(self) -> None:
        while not self._closing.wait(LOOK_S):
            with contextlib.suppress(OSError):
                self._read()
                self._rotate()

    def _read(self) -> None:
        with self._lock, contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                self._pass_on(line.decode(errors="replace").rstrip())
            self._position = file.tell()

    def _pass_on(self, line: str) -> None:
        self._last.append(line)
        is_trouble = HARMLESS not in line and any(word in line for word in TROUBLE)
        if is_trouble and TLS_ERROR in line:
            self._refused(line.rpartition(":")[2].strip())
        is_trouble = is_trouble and self._may_be_told()
        log.log(logging.WARNING if is_trouble else logging.DEBUG, "mosquitto: %s", line)

    def _may_be_told(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._lines = minute, 0
        self._lines += 1
        return self._lines <= LINES_PER_MINUTE

    def _rotate(self) -> None:
        """Emptied in place: the broker goes on appending to the file it holds."""
        with self._lock:
            if self._position >= MOST_BYTES:
                shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
                os.truncate(self.path, 0)
                self._position = 0
