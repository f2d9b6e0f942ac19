"""Where a controller listens: one that runs as it was started, else as its settings say."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
from cryptography import x509
from lamplighter_client.target import CONTROLLER_FILE, ControllerFile

from lamplighter_controller.link.mosquitto import CONFIGURATION_FILE
from lamplighter_controller.settings import ControllerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Addresses and ports of API and broker, and the name that devices are told."""

    is_running: bool
    api_host: str
    api_port: int
    broker_host: str
    broker_port: int
    told: str


def standing_of(settings: ControllerSettings) -> Standing:
    """As it is now."""
    running = _running(settings.data_dir)
    if running is None:
        return Standing(
            is_running=False,
            api_host=settings.api_host,
            api_port=settings.api_port,
            broker_host=settings.broker_bind,
            broker_port=settings.broker_port,
            told=settings.public_names[0],
        )
    api_host, api_port = _listens_at(running.pid, running.url)
    return Standing(
        is_running=True,
        api_host=api_host,
        api_port=api_port,
        broker_host=_broker_host(settings),
        broker_port=running.broker_port,
        told=_told(settings),
    )


def _running(data: Path) -> ControllerFile | None:
    """What the one that runs has left; None where none runs."""
    try:
        content = (data / CONTROLLER_FILE).read_bytes()
        left = msgspec.json.decode(content, type=ControllerFile)
    except (OSError, msgspec.MsgspecError):
        return None
    return left if left.pid and psutil.pid_exists(left.pid) else None


def _listens_at(pid: int, url: str) -> tuple[str, int]:
    """The socket of its API, as the kernel has it."""
    port = int(url.rpartition(":")[2].strip("/"))
    with contextlib.suppress(psutil.Error):
        for connection in psutil.Process(pid).net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return connection.laddr.ip, port
    return "127.0.0.1", port


def _broker_host(settings: ControllerSettings) -> str:
    """What its own broker was configured with."""
    try:
        lines = (settings.data_dir / "broker" / CONFIGURATION_FILE).read_text().splitlines()
    except OSError:
        return settings.broker_bind
    words = next((line.split() for line in lines if line.startswith("listener ")), [])
    return words[2] if len(words) > 2 else ""


def _told(settings: ControllerSettings) -> str:
    """The first name in the broker's certificate."""
    try:
        pem = (settings.data_dir / "pki" / "server.crt").read_bytes()
        extensions = x509.load_pem_x509_certificate(pem).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return next(str(name.value) for name in names)
    except (OSError, ValueError, StopIteration, x509.ExtensionNotFound):
        return settings.public_names[0]
