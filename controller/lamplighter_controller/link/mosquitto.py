"""Mosquitto as the controller's own broker, which ends with the controller or outlives it."""

import contextlib
import errno
import hashlib
import logging
import secrets
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from lamplighter_wire.files import write_atomically, write_secret

from lamplighter_controller.errors import BrokerError
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.mosquitto_configuration import (
    ACL_FILE,
    REVOKED_FILE,
    configuration,
)
from lamplighter_controller.link.mosquitto_log import MosquittoLog
from lamplighter_controller.link.mosquitto_process import (
    end_mosquitto,
    find_mosquitto,
    is_alive,
    running_mosquitto,
    start_mosquitto,
)
from lamplighter_controller.pki.names import ServerFiles

log = logging.getLogger(__name__)

START_TIMEOUT_S = 5.0
START_TRIES = 4
CONFIGURATION_FILE = "mosquitto.conf"
_LENT_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST_PORT, _USUALLY_LENT_FROM, _PORT_TRIES = 20_000, 32_768, 50
_ANY_V6 = "::"
ANYWHERE = ("", "0.0.0.0", _ANY_V6)  # noqa: S104 - compared with, never bound


def listen_text(host: str, port: int, error: OSError, option: str) -> str:
    """Why an address cannot be listened on, and what to do: another port, or another host."""
    reason = f"port {port} on {host} cannot be used ({(error.strerror or str(error)).lower()})"
    if error.errno in (errno.EADDRINUSE, errno.EACCES):
        return f"{reason}; choose another with {option}, or 0 for any free one"
    return f"{reason}; name an address of this machine with --host, as 0.0.0.0 or ::"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def free_port(bind: str = "127.0.0.1") -> int:
    """A TCP port that nobody uses at this moment.

    Of those that the system gives to no connection, where one is free: any of the others may be an
    end of somebody's connection when the broker is started again.
    """
    lent_from = _lent_from(_LENT_PORTS)
    for port in secrets.SystemRandom().sample(range(_LOWEST_PORT, lent_from), _PORT_TRIES):
        with contextlib.suppress(OSError):
            return _bound_port(bind, port)
    return _bound_port(bind, 0)


def _lent_from(path: Path) -> int:
    """The first port that the system gives to connections, by ip(7)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return max(int(path.read_text().split()[0]), _LOWEST_PORT + _PORT_TRIES)
    return _USUALLY_LENT_FROM


def _bound_port(bind: str, port: int) -> int:
    with socket.socket(_family(bind)) as probe:
        probe.bind((bind, port))
        return int(probe.getsockname()[1])


def stop_mosquitto(directory: Path) -> int:
    """End the broker of a folder, whoever started it; its process id, 0 where none runs."""
    process = running_mosquitto(directory.resolve() / CONFIGURATION_FILE)
    if process is None:
        return 0
    end_mosquitto(process)
    return int(process.pid)


class Mosquitto:
    """A broker of one folder.

    One that outlives its controller is taken over by the next that wants the same of it: devices
    stay connected. Its configuration is written only while it does not run, so the file says what
    a running one was started with. One that does not is started on a thread that lives as long as
    the process: Linux ends it with the thread.
    """

    def __init__(
        self,
        directory: Path,
        files: ServerFiles,
        rules: AccessRules,
        bind: str = "127.0.0.1",
        port: int = 0,
        *,
        outlives: bool = False,
        refused: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        find_mosquitto()
        self._directory = directory.resolve()
        self._configuration = self._directory / CONFIGURATION_FILE
        self._marker = self._directory / "files.sha256"
        self._files, self._bind, self.port = files, bind, port
        self._rules = rules
        self._outlives = outlives
        self._fixed = port != 0
        self._process: psutil.Process | None = None
        self._wanted = False
        self._log = MosquittoLog(self._directory / "mosquitto.log", refused)

    @property
    def host(self) -> str:
        """Where this machine reaches it."""
        if self._bind == _ANY_V6:
            return "::1"
        return "127.0.0.1" if self._bind in ANYWHERE else self._bind

    @property
    def running(self) -> bool:
        return self._process is not None and is_alive(self._process)

    @property
    def pid(self) -> int:
        return int(self._process.pid) if self._process is not None else 0

    def start(self) -> "Mosquitto":
        """Take over the one that runs, or start one and wait until it listens.

        Raises:
            BrokerError: with its last words.
        """
        self._wanted = True
        left = running_mosquitto(self._configuration)
        if left is not None and self._is_same():
            self._take_over(left)
        else:
            if left is not None:
                log.info("the broker that runs (process %d) is replaced", left.pid)
                end_mosquitto(left)
            self._start_anew()
        self._log.follow()
        return self

    def ensure_running(self) -> bool:
        """Start it again when it has ended by itself; whether that was needed.

        Raises BrokerError; it may be called again, as the next start may succeed.
        """
        if not self._wanted or self.running:
            return False
        last = " | ".join(self._log.last_lines()[-3:])
        log.error("mosquitto ended, starting it again: %s", last)
        self.start()
        return True

    def save(self) -> None:
        """Write sessions and retained messages to disk now, not at the next interval."""
        self._signal(signal.SIGUSR1)

    def restrict(self, rules: AccessRules) -> None:
        """Who may do what, from its next start or `reload` on."""
        self._rules = rules
        if self.running:
            self._write_rules()

    def reload(self) -> None:
        """Let it read certificates and access rules that have changed since it read them.

        Only while the controller is connected: with its rules mosquitto forgets that an absent
        controller may receive anything, and drops what is acknowledged to devices.
        """
        if self._read_marker() != self._files_digest():
            log.debug("the broker reads its certificate and access rules again")
            self._signal(signal.SIGHUP)
            self._write_marker()

    def show(self, files: ServerFiles) -> None:
        """It reads whom it trusts only when it starts: whoever looks after it starts it anew."""
        self._files = files
        self._end()

    def close(self) -> None:
        """The controller ends: so does the broker, or it stays up with all it holds on disk."""
        if self._outlives:
            self._wanted = False
            self._log.close()
            self.save()
        else:
            self.stop()

    def stop(self) -> None:
        """End it; it is not started again by itself."""
        self._wanted = False
        self._log.close()
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and is_alive(process):
            end_mosquitto(process)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(psutil.Error):  # it has ended; whoever looks after it sees
                self._process.send_signal(number)

    def _files_digest(self) -> bytes:
        """Of the files that a running broker can read again."""
        digest = hashlib.sha256(self._rules.text().encode() + self._rules.revoked)
        for path in (self._files.cert, self._files.key):
            digest.update(path.read_bytes())
        return digest.hexdigest().encode()

    def _read_marker(self) -> bytes:
        """The digest of what the running broker has read; empty where that is not known."""
        with contextlib.suppress(OSError):
            return self._marker.read_bytes()
        return b""

    def _write_marker(self) -> None:
        write_atomically(self._marker, [self._files_digest()])

    def _is_same(self) -> bool:
        """Whether the one that runs is what we would start, and may outlive its controller."""
        with contextlib.suppress(OSError):
            text = self._configuration.read_text()
            return self._outlives and text == self._text() and self._accepts()
        return False

    def _take_over(self, process: psutil.Process) -> None:
        log.info("the broker runs (process %d) and is taken over", process.pid)
        self._process = process
        self._fixed = True
        self._write_rules()

    def _start_anew(self) -> None:
        for _ in range(1 if self._fixed else START_TRIES):
            self.port = self.port or free_port(self._bind)
            self._check_port()
            self._write()
            self._process = start_mosquitto(
                self._configuration, self._log.path, outlives=self._outlives
            )
            if self._listens():
                self._fixed = True
                self._write_marker()
                return
            self._end()
            self.port = self.port if self._fixed else 0
        raise BrokerError("mosquitto did not start:\n" + "\n".join(self._log.last_lines()))

    def _check_port(self) -> None:
        with socket.socket(_family(self._bind)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self._bind, self.port))
            except OSError as error:
                raise BrokerError(
                    listen_text(self._bind, self.port, error, "--broker-port")
                ) from error

    def _text(self) -> str:
        end = "outlives its controller" if self._outlives else "ends with its controller"
        authority = hashlib.sha256(self._files.ca.read_bytes()).hexdigest()
        text = configuration(
            self._directory, self._files, self._bind, self.port, log=f"file {self._log.path}"
        )
        return f"# This broker {end}; it trusts {authority}.\n{text}"

    def _write(self) -> None:
        (self._directory / "data").mkdir(parents=True, exist_ok=True)
        self._write_rules()
        write_atomically(self._configuration, [self._text().encode()])

    def _write_rules(self) -> None:
        write_secret(self._directory / ACL_FILE, self._rules.text().encode())
        write_secret(self._directory / REVOKED_FILE, self._rules.revoked)

    def _listens(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.running:
            if self._accepts():
                return True
            time.sleep(0.02)
        return False

    def _accepts(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection((self.host, self.port), 0.2).close()
            return True
        return False
