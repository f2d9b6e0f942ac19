"""Under what conditions windows were measured: few, and the same for many windows. Pure."""

import msgspec
from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import OperatingPoint, Regime, Telemetry


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What must be the same for figures to be put together."""

    serving: OperatingPoint = OperatingPoint()
    regime: Regime = Regime()
    energy_source: str = ""
    source_state: str = SourceState.OK
    disturbed: bool = False
    threshold: float = 0.0
    street: int = 0  # counts over other lines are other counts


def conditions_of(window: Telemetry) -> Conditions:
    """The conditions of a window."""
    return Conditions(**{name: getattr(window, name) for name in Conditions.__struct_fields__})


def document_of(conditions: Conditions) -> str:
    """Their text, the same for equal conditions."""
    return msgspec.json.encode(conditions, order="sorted").decode()
