"""What other messages are made of."""

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of every message."""


class Regime(Message, frozen=True, kw_only=True):
    """Under what conditions a device sees, on the axes of its task. Empty: not known."""

    light: str = "day"  # day | night
    weather: str = "dry"  # dry | rain
    density: str = "free"  # free | jam
    axes: dict[str, str] = {}  # axes of other tasks: name -> value

    def __str__(self) -> str:
        return "-".join([self.light, self.weather, self.density, *self.axes.values()])


class Workload(Message, frozen=True, kw_only=True):
    """What the street asks of the device now."""

    regime: Regime = Regime()
    fps_demand: float = 5.0
