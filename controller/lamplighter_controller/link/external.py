"""A broker that somebody else runs, and what the controller needs of any broker."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from lamplighter_wire.errors import SettingsError
from lamplighter_wire.files import write_secret

from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.mosquitto_configuration import ACL_FILE, REVOKED_FILE
from lamplighter_controller.pki.names import ServerFiles

log = logging.getLogger(__name__)

SCHEME = "mqtts"
DEFAULT_PORT = 8883
BROKER_FILES = "broker-files"  # in the data folder


@dataclass(frozen=True, slots=True)
class ExternalBroker:
    """Nothing is started, stopped or saved here: whoever runs it does that.

    Attributes:
        folder: where its access rules and revoked certificates are written, to be taken over.
    """

    host: str
    port: int
    folder: Path

    @staticmethod
    def at(url: str, folder: Path) -> "ExternalBroker":
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
        return ExternalBroker(host, port, folder)

    def start(self) -> None: ...

    def ensure_running(self) -> bool:
        return False

    def save(self) -> None: ...

    def restrict(self, rules: AccessRules) -> None:
        """Written down where they differ; orders change too often for somebody to carry over."""
        lasting = replace(rules, blobs={}, shares_chunks=True)
        texts = {ACL_FILE: lasting.text().encode(), REVOKED_FILE: lasting.revoked}
        if all(_reads(self.folder / name) == text for name, text in texts.items()):
            return
        for name, text in texts.items():
            write_secret(self.folder / name, text)
        if rules.retired:
            log.warning("%s", self.instruction)

    @property
    def instruction(self) -> str:
        """What whoever runs it has to do after a device was retired."""
        return (
            f"copy {ACL_FILE} and {REVOKED_FILE} from {self.folder} to the broker at {self.host},"
            " then let it read them: kill -HUP $(pidof mosquitto)"
        )

    def reload(self) -> None: ...

    def show(self, _files: ServerFiles) -> None:
        log.warning(
            "another authority: write the files of the broker at %s again, and take them there:"
            " lamplighter broker files",
            self.host,
        )

    def close(self) -> None: ...


def _reads(path: Path) -> bytes | None:
    """A file's content; None where there is none, or none that we may read."""
    try:
        return path.read_bytes()
    except OSError:
        return None
