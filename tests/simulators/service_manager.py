"""A service manager's end of sd_notify: a real datagram socket, and what was said to it."""

import socket
import time
from pathlib import Path


class ListeningManager:
    """Collects what services say. `environ` is what it gives to those that it starts."""

    def __init__(self, folder: Path, watchdog_s: float = 0.0) -> None:
        path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self.environ = {"NOTIFY_SOCKET": str(path)}
        if watchdog_s:
            self.environ["WATCHDOG_USEC"] = str(round(watchdog_s * 1e6))

    def next(self, seconds: float) -> list[str]:
        """Words of the next datagram; empty where none comes in time."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return []

    def wait_for(self, word: str, seconds: float = 60.0) -> list[str]:
        """The first datagram with this word."""
        deadline = time.monotonic() + seconds
        heard = []
        while (left_s := deadline - time.monotonic()) > 0:
            words = self.next(left_s)
            if word in words:
                return words
            heard += words
        raise AssertionError(f"{word} was not said, but {heard[-10:]}")

    def close(self) -> None:
        self._socket.close()
