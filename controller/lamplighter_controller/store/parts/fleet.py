"""The fleet as a whole."""

from lamplighter_controller.store.base import FleetMember
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.fleet import count_answers, read_fleet


class SqlFleet(Part):
    """Implements `FleetStore`."""

    def fleet(self) -> list[FleetMember]:
        with self._database.reading() as connection:
            return read_fleet(connection)

    def answer_counts(self) -> dict[str, int]:
        with self._database.reading() as connection:
            return count_answers(connection)
