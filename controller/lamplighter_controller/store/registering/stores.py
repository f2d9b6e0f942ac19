"""What the controller asks of its database about devices that are to come."""

from collections.abc import Sequence
from typing import Protocol

from lamplighter_controller.store.registering.records import ClaimRecord, RegistrationRecord


class RegistrationStore(Protocol):
    """Registrations, by device id or pattern."""

    def registrations(self) -> list[RegistrationRecord]:
        """All there are, in the order of their ids."""

    def put_registrations(self, changed: Sequence[RegistrationRecord]) -> None:
        """Each in the place of one of the same id."""

    def delete_registration(self, device: str) -> None: ...


class ClaimStore(Protocol):
    """Claims, by the hash of a device's key."""

    def claims(self) -> list[ClaimRecord]:
        """All there are, oldest first."""

    def claim(self, key: str) -> ClaimRecord | None: ...

    def put_claim(self, claim: ClaimRecord) -> None:
        """In the place of one of the same key."""

    def delete_claim(self, key: str) -> None: ...

    def end_accepted_claims(self, device: str, *, but_key: str = "") -> None:
        """Of all that were accepted as this device, or all but that of one key, none is left."""
