"""A rollout of a model: each device serves its own variant of it, within other limits."""

from typing import Any

import msgspec

from lamplighter_controller.domain.rollouts.gates import FIGURES


class ModelChange(msgspec.Struct, frozen=True, kw_only=True, tag="model"):
    """What it brings.

    Attributes:
        target: a variant, a model, or MODEL@VERSION.
        objective: limits that come with it; None: each device keeps its own.
    """

    target: str
    objective: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """In words, for people."""
        return self.target

    @property
    def figures(self) -> tuple[str, ...]:
        """By which canaries are judged."""
        return FIGURES
