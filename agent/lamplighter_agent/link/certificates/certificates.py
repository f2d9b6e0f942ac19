"""What keeps the device's own certificate, and whom it trusts, current."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Command

from lamplighter_agent.link.certificates.authorities import TrustedAuthorities
from lamplighter_agent.link.certificates.renewal import Renewal
from lamplighter_agent.link.certificates.signing_keys import TrustedSigningKeys


@dataclass(frozen=True)
class Certificates:
    """All of them, and the commands that they carry out."""

    renewal: Renewal
    authorities: TrustedAuthorities
    signing_keys: TrustedSigningKeys

    @property
    def actions(self) -> Mapping[str, Callable[[Command], None]]:
        """By kind of command."""
        return {
            CommandKind.RENEW: self.renewal.begin,
            CommandKind.CERTIFICATE: self.renewal.receive,
            CommandKind.AUTHORITIES: self.authorities.receive,
            CommandKind.SIGNING_KEYS: self.signing_keys.receive,
        }
