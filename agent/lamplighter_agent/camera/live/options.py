"""How a camera is opened: road, credentials, a smaller stream of it, decoder."""

import netrc
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from lamplighter_agent.errors import SourceError

OTHERS_MAY = 0o077


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """Of one camera.

    most_fps: what it is taken to give at most; 0: as measured.
    sub_address: a smaller stream of the same camera; empty: there is none.
    credentials: file of names and passwords by host; empty: those of the address.
    """

    most_fps: float = 0.0
    sub_address: str = ""
    rtsp_transport: str = "tcp"
    credentials: str = ""
    hardware: bool = False

    def address(self, address: str) -> str:
        """The address to open, with name and password where it has none of its own.

        Raises:
            SourceError: the file of credentials cannot be read, or others can read it.
        """
        if not self.credentials:
            return address
        parts = urlsplit(address)
        if not parts.hostname or parts.username:
            return address
        found = _known(Path(self.credentials), parts.hostname)
        if found is None:
            return address
        name, password = (quote(word, safe="") for word in found)
        return parts._replace(netloc=f"{name}:{password}@{parts.netloc}").geturl()

    def of_sub_stream(self) -> "CameraOptions":
        """The same for the smaller stream itself."""
        return replace(self, sub_address="")


def _known(file: Path, host: str) -> tuple[str, str] | None:
    """(name, password) of a host; None: the file does not know it."""
    try:
        if file.stat().st_mode & OTHERS_MAY:
            raise SourceError(f"{file} can be read by others; chmod 600 {file}")
        found = netrc.netrc(str(file)).authenticators(host)
    except OSError as error:
        why = error.strerror or repr(error)
        raise SourceError(f"camera_credentials: cannot read {file}: {why}") from error
    except netrc.NetrcParseError as error:
        raise SourceError(
            f"camera_credentials: line {error.lineno} of {file} is not as in a .netrc file; write"
            " machine HOST login NAME password PASSWORD"
        ) from None
    return (found[0], found[2]) if found else None
