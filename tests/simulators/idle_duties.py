"""A device of which nothing is asked."""

from lamplighter_agent.deployment.journal import Record
from lamplighter_agent.deployment.steps import Answer, Control
from lamplighter_wire.messages import OperatingPoint


class IdleDuties:
    """Every step of a deployment ends at once, called off."""

    def fetch(self, record: Record, control: Control, /) -> Answer:
        return Answer()

    verify = prove = watch = roll_back = ladder = swap = fetch

    def resume(self, record: Record) -> None: ...

    def drop(self, record: Record) -> None: ...

    def serving(self) -> OperatingPoint:
        return OperatingPoint()
