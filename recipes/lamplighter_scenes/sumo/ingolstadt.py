"""The Ingolstadt junction of SUMO's package (tools/game/fkk_in).

Network and signals are real; the demand is that of the package's game: a vehicle in so many
seconds from arm to arm, by no measurement. What the vehicles are is drawn by the shares that
were counted in Braunschweig, and pedestrians walk between the sidewalks around the junction.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_scenes.sumo.package import read_text
from lamplighter_scenes.sumo.scenario import Departure, Scenario, centre_of

# Of 2,477 road users counted in Braunschweig; every second truck is a bus there as well.
SHARES = {
    "veh_car": 2151,
    "veh_motorbike": 85,
    "veh_van": 43,
    "veh_truck": 23,
    "veh_bus": 23,
    "bike_bicycle": 152,
}
SEED = 1
WALK_PERIOD_S = 15.0
WALK_REACH_M = 120.0  # from the centre to the sidewalks that walks begin and end at
FLOW = re.compile(r'<flow id="([^"]+)" from="([^"]+)" to="([^"]+)" begin="(\d+)".*?period="(\d+)"')


def vehicle_trips(text: str, end_s: float, rng: np.random.Generator) -> Iterator[Departure]:
    """The flows of a file of routes until `end_s`, trip by trip, each of a kind drawn by SHARES."""
    kinds, counts = list(SHARES), np.array(list(SHARES.values()), float)
    for name, start, goal, begin, period in FLOW.findall(text):
        for number in range(math.ceil((end_s - float(begin)) / float(period))):
            kind = kinds[int(rng.choice(len(kinds), p=counts / counts.sum()))]
            time_s = float(begin) + number * float(period)
            yield (
                time_s,
                f'<trip id="{name}_{number}" depart="{time_s:.1f}" type="{kind}" from="{start}" '
                f'to="{goal}" departLane="best" departSpeed="max"/>',
            )


def _walks(net: Any, end_s: float, rng: np.random.Generator) -> Iterator[Departure]:
    sidewalks = _sidewalks(net)
    for number in range(math.ceil(end_s / WALK_PERIOD_S)):
        time_s = number * WALK_PERIOD_S
        start, goal = rng.choice(len(sidewalks), size=2, replace=False)
        yield (
            time_s,
            f'<person id="walk_{number}" depart="{time_s:.1f}" type="ped_pedestrian">'
            f'<walk from="{sidewalks[start]}" to="{sidewalks[goal]}"/></person>',
        )


def _sidewalks(net: Any) -> list[str]:
    """Edges near the centre that pedestrians may use, by name."""
    x, y = centre_of(SCENARIO, net)
    near = [
        edge.getID()
        for edge in net.getEdges(withInternal=False)
        if any(lane.allows("pedestrian") for lane in edge.getLanes())
        and min(math.hypot(p[0] - x, p[1] - y) for p in edge.getShape()) < WALK_REACH_M
    ]
    return sorted(near)


def _demand(net: Any, data: Path, end_s: float) -> list[Iterator[Departure]]:
    vehicles, people = np.random.default_rng(SEED), np.random.default_rng(SEED)
    flows = read_text(data / "fkk_in.rou.xml")
    return [vehicle_trips(flows, end_s, vehicles), _walks(net, end_s, people)]


SCENARIO = Scenario(
    game="fkk_in",
    network="ingolstadt.net.xml.gz",
    centre="gneJ21",
    begin_s=60,
    demand=_demand,
    meta={
        "source": "Eclipse SUMO, tools/game/fkk_in (EPL-2.0 OR GPL-2.0-or-later)",
        "place": "Ingolstadt; network of OpenStreetMap, demand of the package's game",
        "changes": [
            "kinds of vehicles are drawn by the shares that were counted in Braunschweig",
            f"a pedestrian between two sidewalks every {WALK_PERIOD_S:g} s",
        ],
    },
)
