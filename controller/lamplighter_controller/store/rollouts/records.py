"""What the store keeps of rollouts."""

from lamplighter_controller.domain.rollouts.rollout import (
    Rollout,
    RolloutState,
    Target,
    TargetState,
)
from lamplighter_controller.store.records import Record


class RolloutRecord(Record, frozen=True, kw_only=True):
    """A rollout without its devices, which lie beside it."""

    name: str
    state: RolloutState
    rollout: Rollout
    version: int = 1  # grows with every operator's step; the ETag
    by: str = ""
    created_at: float = 0.0


class TargetRecord(Record, frozen=True, kw_only=True):
    """One device of a rollout."""

    rollout: str
    device: str
    state: TargetState
    changed_at: float
    target: Target
