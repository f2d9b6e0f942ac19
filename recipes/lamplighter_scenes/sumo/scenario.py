"""A junction of SUMO's package, as it is recorded: network, demand, signals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamplighter_scenes.sumo.package import game_dir

LEAD_S = 60  # the simulation begins so long before the demand
# When somebody sets off, in seconds, and the element that says so.
Departure = tuple[float, str]


@dataclass(frozen=True)
class Scenario:
    """One junction of a city.

    Attributes:
        game: its folder in SUMO's package.
        network: the network's file there.
        centre: the node that positions are relative to.
        begin_s: when its demand begins, on its own clock.
        demand: network, folder, and the time it must last until -> files of departures.
        signals: files of the folder with signal plans; empty: the network's own.
        meta: what is said of the source in each trace.
    """

    game: str
    network: str
    centre: str
    begin_s: int
    demand: Callable[[Any, Path, float], Sequence[Iterable[Departure]]]
    signals: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where its files lie.

        Raises:
            FileNotFoundError: eclipse-sumo is not installed.
        """
        return game_dir(self.game)


def centre_of(scenario: Scenario, net: Any) -> tuple[float, float]:
    """Where the junction is in the network, in metres."""
    x, y = net.getNode(scenario.centre).getCoord()[:2]
    return float(x), float(y)


def trace_meta(
    scenario: Scenario, scale: float, begin_s: int, duration_s: int, radius_m: float
) -> dict[str, Any]:
    """What a recording says of itself."""
    recorded = {
        "scale": scale,
        "begin_s": scenario.begin_s + begin_s,
        "duration_s": duration_s,
        "radius_m": radius_m,
    }
    return {**scenario.meta, **recorded}
