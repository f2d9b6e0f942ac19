"""What the store keeps of devices that are to come, and of those that ask to."""

import msgspec
from lamplighter_wire.joining.claims import ClaimState

from lamplighter_controller.store.records import Document, Record


class ClaimRecord(Record, frozen=True, kw_only=True):
    """A device without a token that asks to come in."""

    key: str  # SHA-256 of its public key, hexadecimal
    device: str
    source: str = ""  # the address that it asks from
    state: ClaimState = ClaimState.PENDING
    first_at: float = 0.0
    last_at: float = 0.0
    decided_at: float | None = None
    by: str = ""


class RegistrationRecord(Record, frozen=True, kw_only=True):
    """What a device is to be from its enrolment on."""

    device: str  # or a pattern with * and ?, for all ids that it fits
    site: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    objective: Document = msgspec.field(default_factory=dict)
    camera: str = ""  # its address, sealed with a key of the controller's folder
    changed_at: float = 0.0
    by: str = ""
