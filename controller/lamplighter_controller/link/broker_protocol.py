"""The broker as the controller needs it, wherever it runs."""

from typing import Protocol

from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.pki.names import ServerFiles


class Broker(Protocol):
    """A broker under the controller's care, or out of its hands."""

    @property
    def host(self) -> str:
        """Where the controller reaches it."""

    @property
    def port(self) -> int: ...

    def start(self) -> object:
        """Start it, or take over the one that runs. Raises BrokerError."""

    def ensure_running(self) -> bool:
        """Start it again when it has ended by itself. Raises BrokerError."""

    def save(self) -> None:
        """Write sessions and retained messages to disk now."""

    def restrict(self, rules: AccessRules) -> None:
        """Who may do what from its next start or `reload` on."""

    def reload(self) -> None:
        """Let it read changed certificates and rules again; while the controller is connected."""

    def show(self, files: ServerFiles) -> None:
        """Other certificates, of itself or whom it trusts, from its next start on, which is now."""

    def close(self) -> None:
        """The controller ends."""
