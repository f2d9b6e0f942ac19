"""What the controller asks of its database about devices that are to come."""

from typing import Protocol

from lamplighter_controller.store.registering.records import RegistrationRecord


class RegistrationStore(Protocol):
    """Registrations, by device id or pattern."""

    def registrations(self) -> list[RegistrationRecord]:
        """All there are, in the order of their ids."""

    def put_registration(self, registration: RegistrationRecord) -> None:
        """In the place of one of the same id."""

    def delete_registration(self, device: str) -> None: ...
