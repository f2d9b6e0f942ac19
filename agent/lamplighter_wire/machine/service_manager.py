"""Words to the service manager: systemd's sd_notify protocol, one datagram each.

systemd names its socket in NOTIFY_SOCKET, and in WATCHDOG_USEC how long a service may say nothing
before it is ended and started anew. Without these variables nobody listens, and nothing is said.
"""

import contextlib
import os
import socket
from collections.abc import Mapping

SOCKET, WATCHDOG, WATCHDOG_OF = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
MOST_STATUS = 200  # characters


class ServiceManager:
    """Tells whoever started this process how it stands; never waits, never fails.

    Args:
        address: of a datagram socket, `@` for one without a file; empty: nobody listens.
        watchdog_s: it expects a sign of life within so many seconds; 0: never.
    """

    def __init__(self, address: str = "", watchdog_s: float = 0.0) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_s = watchdog_s

    def ready(self, status: str) -> None:
        """The service does what it is there for."""
        self._say("READY=1", f"STATUS={_line(status)}")

    def alive(self) -> None:
        """A sign of life, which the watchdog waits for."""
        if self.watchdog_s:
            self._say("WATCHDOG=1")

    def tell(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._say(f"STATUS={_line(status)}")

    def stopping(self) -> None:
        """It ends, in order."""
        self._say("STOPPING=1")

    def _say(self, *words: str) -> None:
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as road,
        ):
            road.sendto("\n".join(words).encode(), self._address)


def service_manager(environ: Mapping[str, str]) -> ServiceManager:
    """Whom the environment names; one that says nothing where it names nobody."""
    address = environ.get(SOCKET, "")
    return ServiceManager(address if address[:1] in ("/", "@") else "", _watchdog_s(environ))


def forget_service_manager(environ: "os._Environ[str]") -> None:
    """Programs that are started from here are not the service: they are not to speak for it."""
    for name in (SOCKET, WATCHDOG, WATCHDOG_OF):
        environ.pop(name, None)


def _watchdog_s(environ: Mapping[str, str]) -> float:
    """0 where it is none, or meant for another process."""
    micros, of = environ.get(WATCHDOG, ""), environ.get(WATCHDOG_OF, "")
    is_ours = not of or of == str(os.getpid())
    return int(micros) / 1e6 if is_ours and micros.isascii() and micros.isdigit() else 0.0


def _line(text: str) -> str:
    """On one line: an end of line would begin another word."""
    return " ".join(text.split())[:MOST_STATUS]
