"""Where a controller is, and how its users find the one that runs on this machine."""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from lamplighter_wire.errors import SettingsError, TrustError
from lamplighter_wire.https.trust import HTTPS, authority_for, trusting
from lamplighter_wire.https.web_address import checked_web_address

from lamplighter_client.errors import NoControllerError, UntrustedError

CONTROLLER_FILE = "controller.json"


class ControllerFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a running controller leaves in its data directory."""

    url: str
    token_file: str
    broker_port: int = 0
    pid: int = 0
    version: str = ""
    ca_file: str = ""  # whom to believe at an https address; empty: this machine's authorities
    server_name: str = ""  # the name in the certificate, where it is not the address's own


@dataclass(frozen=True, slots=True)
class Target:
    """A controller's address and a token that it knows.

    `authority` (PEM) is believed beside those of this machine; `server_name` is the name in the
    certificate, where it is not the address's own.
    """

    url: str
    token: str
    authority: str = ""
    server_name: str = ""

    @property
    def context(self) -> ssl.SSLContext | None:
        """Whom to believe there; None: the address is not HTTPS."""
        return trusting(self.authority) if self.url.startswith(HTTPS) else None


def find_controller(
    data: Path, url: str | None = None, token: str | None = None, ca: Path | None = None
) -> Target:
    """The controller that is named, completed by what a running one left in `data`.

    Where the address is HTTPS, its authority is that of `ca`, of the running one's file, or asked
    for there: a token says which it must be.

    Raises:
        NoControllerError: neither says where it is, or by which token.
        UntrustedError: nobody there can be believed, or nobody is there to ask.
    """
    if url and token:
        return _trusted(Target(url, token), ca)
    try:
        content = (data / CONTROLLER_FILE).read_bytes()
        running = msgspec.json.decode(content, type=ControllerFile)
        local_token = Path(running.token_file).read_text().strip()
        checked_web_address(running.url)
    except (OSError, ValueError, SettingsError) as error:
        raise NoControllerError(
            f"no controller is known in {data}. Start one: lamplighter serve --data {data}; "
            "or name one with --url and --token"
        ) from error
    if url and url != running.url:
        return _trusted(Target(url, token or local_token), ca)
    file = ca or (Path(running.ca_file) if running.ca_file else None)
    there = Target(running.url, token or local_token, server_name=running.server_name)
    return _trusted(there, file)


def _trusted(target: Target, file: Path | None) -> Target:
    try:
        authority = authority_for(target.url, target.token, file)
    except TrustError as error:
        raise UntrustedError(str(error)) from error
    return replace(target, authority=authority)
