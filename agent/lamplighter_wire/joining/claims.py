"""Claims: a device that nobody has told the controller of asks to come in, and waits.

It shows a fingerprint of its own key and of the authority that it has met; the controller shows one
of the authority and of the key that it was shown. Where an operator finds both the same, nobody
stands between. Sixteen symbols are enough as each guess takes 50 ms: two that are alike would have
to be found while the operator looks.
"""

from enum import StrEnum

import msgspec

from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.joining.codes import stretched
from lamplighter_wire.joining.readable import readable
from lamplighter_wire.messages import Message

CLAIM_PATH = "/api/v1/claims"
SYMBOLS, GROUP, SIZE_BYTES = 16, 4, 10
POLL_S = 5.0


class ClaimState(StrEnum):
    """What an operator has said."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ClaimRequest(Message, frozen=True, kw_only=True):
    """Body of POST /api/v1/claims; sent again until it is decided on."""

    device: str = ""
    csr: str = ""  # PEM; its common name is the device id


class ClaimAnswer(Message, frozen=True, kw_only=True):
    """The controller's answer; what follows `ca` comes with an acceptance only."""

    state: str = ""
    ca: str = ""  # PEM of the authority's certificate
    certificate: str = ""  # PEM of the device's certificate
    keys: dict[str, str] = msgspec.field(default_factory=dict)  # id -> base64 public key
    broker: BrokerAddress = BrokerAddress()
    camera: str = ""  # address of the camera that is registered for it
    signed_keys: bytes = b""  # as in EnrolResponse


def fingerprint(ca_key_sha256: str, device_key_sha256: str) -> str:
    """What both sides show: `K7PM-3XQD-9TRA-VW2C`."""
    both = f"{ca_key_sha256}|{device_key_sha256}".encode()
    return readable(stretched(both, b"lamplighter claim", SIZE_BYTES), SYMBOLS, GROUP)
