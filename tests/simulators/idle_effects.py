"""A device of which nothing is asked."""

from lamplighter_agent.deployment.journal import Record
from lamplighter_agent.deployment.steps import Control, EffectResult
from lamplighter_wire.messages import Desired, OperatingPoint


class IdleEffects:
    """Every step of a deployment ends at once, called off."""

    def fetch(self, desired: Desired, record: Record, control: Control, /) -> EffectResult:
        return EffectResult()

    verify = prove = watch = ladder = swap = fetch

    def roll_back(self, record: Record, /) -> EffectResult:
        return EffectResult()

    def resume(self, record: Record) -> None: ...

    def damaged(self) -> list[str]:
        return []

    def mend(self, record: Record, control: Control, /) -> bool:
        return False

    def drop(self, record: Record) -> None: ...

    def serving(self) -> OperatingPoint:
        return OperatingPoint()
