"""What the device's owner has set bounds every order, and what was ordered before: pure."""

from dataclasses import dataclass

from lamplighter_wire.messages import Desired, Limits, Rung
from lamplighter_wire.rules.limits import tighter
from msgspec.structs import replace

from lamplighter_agent.deployment.journal import Record


@dataclass(frozen=True, slots=True)
class OwnerLimits:
    """Most inference threads, and watts that the device may draw; 0: no limit.

    Memory is bounded where it is taken: by who verifies, makes room and tries a candidate.
    """

    threads: int = 0
    power_w: float = 0.0

    def rung(self, rung: Rung) -> Rung:
        """The rung with no more threads than the owner lets it have."""
        if not self.threads or rung.point.threads <= self.threads:
            return rung
        return replace(rung, point=replace(rung.point, threads=self.threads))

    def limits(self, limits: Limits) -> Limits:
        """The tighter of both."""
        return replace(limits, power_w=tighter(limits.power_w, self.power_w))

    def desired(self, desired: Desired) -> Desired:
        """The order, as far as the owner lets it go."""
        return replace(
            desired,
            primary=self.rung(desired.primary),
            ladder=[self.rung(rung) for rung in desired.ladder],
            limits=self.limits(desired.limits),
        )

    def record(self, record: Record) -> Record:
        """What was ordered, or proven, when the owner had set something else."""
        known, desired, waiting = record.known_good, record.desired, record.waiting
        return replace(
            record,
            desired=self.desired(desired) if desired else None,
            waiting=self.desired(waiting) if waiting else None,
            known_good=self.rung(known) if known else None,
            ladder=[self.rung(rung) for rung in record.ladder],
        )


NO_LIMITS = OwnerLimits()
