"""A rollout of streets: the lines and zones of each device, as they were drawn for it."""

import msgspec
from lamplighter_wire.messages import Street

from lamplighter_controller.domain.rollouts.gates import FIGURES

# Of other lines others come in and go out: it says nothing of harm.
FIGURES_OF_STREETS = tuple(name for name in FIGURES if name != "imbalance")


class StreetChange(msgspec.Struct, frozen=True, kw_only=True, tag="street"):
    """What it brings: device -> street."""

    streets: dict[str, Street]

    @property
    def text(self) -> str:
        """In words, for people."""
        return f"streets of {len(self.streets)} devices"

    @property
    def figures(self) -> tuple[str, ...]:
        """By which canaries are judged."""
        return FIGURES_OF_STREETS
