"""Which devices of a fleet, in which order, from where on."""

from dataclasses import dataclass
from enum import StrEnum

from lamplighter_controller.domain.selection.device_filter import Requirement


class DeviceOrder(StrEnum):
    """What devices can be sorted by; ids decide among equals."""

    ID = "id"
    SITE = "site"
    SEEN = "seen"  # those heard last come first
    SERVING = "serving"
    ENROLLED = "enrolled"


@dataclass(frozen=True)
class Position:
    """A place in an order: what the device there is sorted by, and its id."""

    value: str | float
    device: str


@dataclass(frozen=True)
class DeviceSelection:
    """A part of the fleet.

    Attributes:
        now: wall-clock seconds that ages are counted from.
        after: begin behind this place.
        limit: at most so many.
        retired: those that are retired, too.
        retired_only: of these, no others.
    """

    now: float
    limit: int
    requirements: tuple[Requirement, ...] = ()
    order: DeviceOrder = DeviceOrder.ID
    descending: bool = False
    retired: bool = False
    after: Position | None = None
    retired_only: bool = False
