"""What the controller asks of its database about rollouts."""

from collections.abc import Sequence
from typing import Protocol

from lamplighter_controller.domain.rollouts.rollout import RolloutState, Target
from lamplighter_controller.store.rollouts.records import RolloutRecord


class RolloutStore(Protocol):
    """Rollouts and their devices."""

    def rollouts(self, states: Sequence[RolloutState] = ()) -> list[RolloutRecord]:
        """All there are, or those in some states; the oldest first."""

    def rollout(self, name: str) -> RolloutRecord:
        """One, without its devices.

        Raises:
            NotFoundError: there is no such rollout.
        """

    def rollout_targets(self, name: str, after: str = "", limit: int = 0) -> list[Target]:
        """Its devices by id, those behind the id `after`; a limit of 0 is none."""

    def add_rollout(self, rollout: RolloutRecord) -> None:
        """Raises ConflictError where the name is taken."""

    def save_rollout(self, rollout: RolloutRecord, changed: Sequence[Target]) -> None:
        """What it is now, and those of its devices that have changed; in one transaction."""

    def failures(self, since: float) -> dict[str, int]:
        """Device -> in how many rollouts it stands as failed since."""
