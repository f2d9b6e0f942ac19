"""A rollout of an agent's version: it says who is due now; a tool of the operator updates."""

import msgspec

from lamplighter_controller.domain.rollouts.gates import FIGURES


class AgentChange(msgspec.Struct, frozen=True, kw_only=True, tag="agent"):
    """What it brings: the version that devices shall report."""

    version: str

    @property
    def text(self) -> str:
        """In words, for people."""
        return f"agent {self.version}"

    @property
    def figures(self) -> tuple[str, ...]:
        """By which canaries are judged."""
        return FIGURES
