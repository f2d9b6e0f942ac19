"""Mosquitto as a child process: generated configuration, mutual TLS, one ACL pattern.

The name in a client's certificate is its user name and its client id, so a device can neither
speak as another nor take its session. The controller's name is no valid device id.
"""

import collections
import contextlib
import logging
import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from lamplighter_wire.topics import ROOT

from lamplighter_controller.errors import BrokerError
from lamplighter_controller.pki.names import CONTROLLER_NAME, ServerFiles
from lamplighter_controller.processes import die_with_parent

log = logging.getLogger(__name__)

INSTALL_HINT = "mosquitto is not installed. Install it: sudo apt-get install -y mosquitto"

# The defaults (20 in flight, 1000 queued) drop silently when many devices speak at once.
MAX_INFLIGHT_MESSAGES = 1000
MAX_QUEUED_MESSAGES = 100_000
MAX_QUEUED_BYTES = 256 * 1024 * 1024
# A manifest envelope or a message is at most 256 KiB; this leaves room for base64 and headers.
MAX_PACKET_BYTES = 1024 * 1024
SESSION_EXPIRY = "14d"
# What the broker may forget in a crash; devices and controller say state again at reconnect.
SAVE_INTERVAL_S = 15
# Each device is an open file of the broker; Debian's default of 1,024 files ends at 1,016 devices.
MOST_FILES = 262_144
# Words of lines that an operator must see.
TROUBLE = ("Error", "exceeded", "Too many open files")
START_TIMEOUT_S = 5.0
START_TRIES = 4
STOP_TIMEOUT_S = 5.0
_ANY = ("", "0.0.0.0")  # noqa: S104 - compared with, never bound
_SEARCH_PATH = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"

ACL = f"""\
user {CONTROLLER_NAME}
topic readwrite {ROOT}/#
topic read $SYS/#

pattern write {ROOT}/%u/up/#
pattern read {ROOT}/%u/down/#
pattern read {ROOT}/blob/#
"""


def find_mosquitto() -> str:
    """Path of the executable. Raises BrokerError with the command that installs it."""
    path = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{_SEARCH_PATH}")
    if path is None:
        raise BrokerError(INSTALL_HINT)
    return path


def free_port(bind: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((bind, 0))
        return int(probe.getsockname()[1])


def configuration(directory: Path, files: ServerFiles, bind: str, port: int, user: str = "") -> str:
    """Text of mosquitto.conf; `user` is whom a broker started as root becomes, empty: ourselves."""
    lines = [
        f"user {user or pwd.getpwuid(os.geteuid()).pw_name}",
        "per_listener_settings false",
        "allow_anonymous false",
        f"acl_file {directory / 'acl'}",
        f"max_inflight_messages {MAX_INFLIGHT_MESSAGES}",
        f"max_queued_messages {MAX_QUEUED_MESSAGES}",
        f"max_queued_bytes {MAX_QUEUED_BYTES}",
        f"max_packet_size {MAX_PACKET_BYTES}",
        f"persistent_client_expiration {SESSION_EXPIRY}",
        "set_tcp_nodelay true",
        "sys_interval 10",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "connection_messages false",
        "persistence true",
        f"persistence_location {directory / 'data'}/",
        f"autosave_interval {SAVE_INTERVAL_S}",
        f"listener {port} {bind}".rstrip(),
        f"cafile {files.ca}",
        f"certfile {files.cert}",
        f"keyfile {files.key}",
        "require_certificate true",
        "use_identity_as_username true",
        "use_username_as_clientid true",
        "tls_version tlsv1.2",
    ]
    return "\n".join(lines) + "\n"


def _as_broker() -> None:
    """In the child: end with the parent, and hold as many connections as the machine permits."""
    die_with_parent()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class MosquittoChild:
    """The broker as a child that ends with its parent.

    Start it on a thread that lives as long as the process: Linux ends the child with the thread.
    """

    def __init__(
        self, directory: Path, files: ServerFiles, bind: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._directory = directory.resolve()
        self._files = files
        self._bind = bind
        self._fixed = port != 0
        self.port = port
        self._executable = find_mosquitto()
        self._process: subprocess.Popen[str] | None = None
        self._wanted = False
        self._tail: collections.deque[str] = collections.deque(maxlen=50)

    @property
    def host(self) -> str:
        """Where this machine reaches it."""
        return "127.0.0.1" if self._bind in _ANY else self._bind

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def start(self) -> "MosquittoChild":
        """Start and wait until it listens. Raises BrokerError with its last words."""
        self._wanted = True
        for _ in range(1 if self._fixed else START_TRIES):
            if not self.port:
                self.port = free_port(self._bind)
            self._check_port()
            self._write()
            self._spawn()
            if self._listens():
                self._fixed = True
                return self
            self._end()
            self.port = self.port if self._fixed else 0
        raise BrokerError("mosquitto did not start:\n" + "\n".join(self._tail))

    def ensure_running(self) -> bool:
        """Start it again when it has ended by itself; whether that was needed.

        Raises BrokerError; it may be called again, as the next start may succeed.
        """
        if not self._wanted or self.running:
            return False
        log.error("mosquitto ended, starting it again: %s", " | ".join(list(self._tail)[-3:]))
        self.start()
        return True

    def save(self) -> None:
        """Write sessions and retained messages to disk now, not at the next interval."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGUSR1)

    def stop(self) -> None:
        """End it; it is not started again by itself."""
        self._wanted = False
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self._bind, self.port))
            except OSError as error:
                message = (
                    f"port {self.port} on {self._bind} cannot be used ({error.strerror}). "
                    "Choose another with --broker-port, or 0 for any free one."
                )
                raise BrokerError(message) from error

    def _write(self) -> None:
        (self._directory / "data").mkdir(parents=True, exist_ok=True)
        acl = self._directory / "acl"
        acl.write_text(ACL)
        acl.chmod(0o600)
        text = configuration(self._directory, self._files, self._bind, self.port)
        (self._directory / "mosquitto.conf").write_text(text)

    def _spawn(self) -> None:
        self._process = subprocess.Popen(
            [self._executable, "-c", str(self._directory / "mosquitto.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_as_broker,
        )
        threading.Thread(
            target=self._drain, args=(self._process,), name="mosquitto-log", daemon=True
        ).start()

    def _drain(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stderr or ():
            self._tail.append(line.rstrip())
            level = logging.WARNING if any(w in line for w in TROUBLE) else logging.DEBUG
            log.log(level, "mosquitto: %s", line.rstrip())

    def _listens(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.running:
            with contextlib.suppress(OSError):
                socket.create_connection((self.host, self.port), 0.2).close()
                return True
            time.sleep(0.02)
        return False
