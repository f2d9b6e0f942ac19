"""Where a Dask scheduler is, and the files by which it is trusted."""

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from lamplighter_wire.errors import SettingsError

log = logging.getLogger(__name__)

DEFAULT_PORT = 8786
PLAIN, TLS = "dask", "dask+tls"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class DaskTls:
    """Authority, certificate and key (PEM) by which scheduler, workers and controller meet."""

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True)
class DaskAddress:
    """As Dask writes it: tcp://HOST:PORT, or tls://HOST:PORT, for which there are files."""

    url: str
    tls: DaskTls | None = None


def dask_address(url: str, files: DaskTls) -> DaskAddress:
    """From dask://HOST:PORT, or dask+tls://HOST:PORT with all three files.

    Raises:
        SettingsError: it is neither of them.
    """
    parts = _parts(url)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{host}:{parts.port or DEFAULT_PORT}"
    given = (files.ca, files.cert, files.key)
    if parts.scheme == TLS:
        if not all(given):
            raise SettingsError(f"{TLS} wants executor_ca, executor_cert and executor_key")
        return DaskAddress(f"tls://{place}", files)
    if any(given):
        raise SettingsError(f"executor_ca, executor_cert and executor_key are for {TLS}://{place}")
    if parts.hostname not in LOOPBACK:
        log.warning("whoever reaches the Dask scheduler at %s runs code there: use %s", place, TLS)
    return DaskAddress(f"tcp://{place}")


@dataclass(frozen=True)
class _Parts:
    scheme: str
    hostname: str
    port: int | None


def _parts(url: str) -> _Parts:
    try:
        split = urlsplit(url)
        parts = _Parts(split.scheme, split.hostname or "", split.port)
    except ValueError as error:
        raise SettingsError(f"executor: {url!r}: {error}") from error
    if parts.scheme not in (PLAIN, TLS) or not parts.hostname:
        raise SettingsError(f"executor: {url!r} is not {PLAIN}://HOST:PORT or {TLS}://HOST:PORT")
    return parts
