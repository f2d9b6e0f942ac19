"""A broker that somebody else runs, and what the controller needs of any broker."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from lamplighter_wire.errors import SettingsError

SCHEME = "mqtts"
DEFAULT_PORT = 8883


@dataclass(frozen=True, slots=True)
class ExternalBroker:
    """Nothing is started, stopped or saved here: whoever runs it does that."""

    host: str
    port: int

    @staticmethod
    def at(url: str) -> "ExternalBroker":
        """The broker at mqtts://host:port. Raises SettingsError."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or DEFAULT_PORT
        except ValueError as error:
            raise SettingsError(f"broker_url = {url!r}: {error}") from error
        if parts.scheme != SCHEME or not host or parts.path not in ("", "/") or parts.username:
            raise SettingsError(
                f"broker_url = {url!r}: wants {SCHEME}://HOST or {SCHEME}://HOST:PORT"
            )
        return ExternalBroker(host, port)

    def start(self) -> None: ...

    def ensure_running(self) -> bool:
        return False

    def save(self) -> None: ...

    def reload(self) -> None: ...

    def close(self) -> None: ...
