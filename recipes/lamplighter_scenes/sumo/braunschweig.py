"""The measured Braunschweig junction of SUMO's package (tools/game/fokr_bs_demo).

The data is one hour of trips (24 September 2023, 15-16 h UTC). It is repaired on the way:
bicycles and pedestrians, which the package repeats as flows, become single trips; trips are led
back to the entrance and on to the exit of their arm, so that nobody appears in mid-street; the
data has no buses, so every second truck becomes one; pedestrians (ten in the data) repeat.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lamplighter_scenes.sumo.package import read_text
from lamplighter_scenes.sumo.scenario import LEAD_S, Departure, Scenario

BEGIN_S = 54_000
HOUR_S = 3_600
ARRIVAL_SPEED_MPS = 12.0  # to depart earlier when a trip is led back upstream
PEDESTRIAN_PERIOD_S = 150
TRIP = re.compile(r'<(?:trip|flow)\s+id="(\d+)" (?:depart|begin)="([\d.]+)"([^>]*)/>')
WALKER = re.compile(
    r'<personFlow id="(\d+)" begin="([\d.]+)".*?<walk from="([^"]+)" to="([^"]+)"', re.DOTALL
)


def attribute(text: str, name: str) -> str:
    """The value of an attribute of a trip.

    Raises:
        ValueError: when the trip lacks it.
    """
    match = re.search(rf'{name}="([^"]+)"', text)
    if match is None:
        raise ValueError(f"a trip lacks {name}: {text}")
    return match[1]


def walkers(text: str, end_s: float) -> Iterator[Departure]:
    """Departures, in seconds, and elements of all pedestrians; their routes repeat."""
    for name, begin, start, goal in WALKER.findall(text):
        offset_s = (float(begin) - BEGIN_S) % PEDESTRIAN_PERIOD_S
        for number in range(math.ceil((end_s - BEGIN_S - offset_s) / PEDESTRIAN_PERIOD_S)):
            time_s = BEGIN_S + offset_s + number * PEDESTRIAN_PERIOD_S
            yield (
                time_s,
                f'<person id="{name}_{number}" depart="{time_s:.1f}" type="ped_pedestrian">'
                f'<walk from="{start}" to="{goal}"/></person>',
            )


def _demand(net: Any, data: Path, _end_s: float) -> list[Iterator[Departure]]:
    """The measured hour, whatever part of it is recorded."""
    return [
        _vehicle_trips(net, read_text(data / "15_16_veh.trips.xml.gz")),
        _vehicle_trips(net, read_text(data / "15_16_bicycle.trips.xml")),
        walkers(read_text(data / "15_16_ped.trips.xml"), BEGIN_S + HOUR_S),
    ]


def _vehicle_trips(net: Any, text: str) -> Iterator[Departure]:
    trucks = 0
    for name, depart, rest in TRIP.findall(text):
        kind = attribute(rest, "type")
        trucks += kind == "veh_truck"
        if kind == "veh_truck" and trucks % 2 == 0:
            kind = "veh_bus"
        start, gained_m = _end_of_arm(net.getEdge(attribute(rest, "from")), True)
        goal, _ = _end_of_arm(net.getEdge(attribute(rest, "to")), False)
        speed = ARRIVAL_SPEED_MPS if kind != "bike_bicycle" else ARRIVAL_SPEED_MPS / 3
        time_s = max(float(BEGIN_S - LEAD_S), float(depart) - gained_m / speed)
        lane = "best" if kind != "bike_bicycle" else "first"
        yield (
            time_s,
            f'<trip id="{name}" depart="{time_s:.1f}" type="{kind}" from="{start}" to="{goal}" '
            f'departLane="{lane}" departPos="base" departSpeed="max" arrivalPos="max"/>',
        )


def _end_of_arm(edge: Any, upstream: bool) -> tuple[str, float]:
    """The outermost edge of the arm, and the metres gained by starting there."""
    gained_m, passed = 0.0, {edge.getID()}
    while True:
        around = edge.getIncoming() if upstream else edge.getOutgoing()
        straight = [
            other
            for other, links in around.items()
            if other.getID() not in passed and any(link.getDirection() == "s" for link in links)
        ]
        node = edge.getFromNode() if upstream else edge.getToNode()
        if len(straight) != 1 or node.getType() == "traffic_light":
            return edge.getID(), gained_m
        edge = straight[0]
        passed.add(edge.getID())
        gained_m += edge.getLength()


SCENARIO = Scenario(
    game="fokr_bs_demo",
    network="fokr_bs.net.xml.gz",
    centre="38",
    begin_s=BEGIN_S,
    demand=_demand,
    signals=("signalPlan.add.xml",),
    meta={
        "source": "Eclipse SUMO, tools/game/fokr_bs_demo (EPL-2.0 OR GPL-2.0-or-later)",
        "place": "Braunschweig, 52.277 N 10.539 E; trips of 2023-09-24 15:00-16:00 UTC",
        "changes": [
            "every second truck of the data is a bus here; the data has no buses",
            f"each of the ten pedestrian routes of the data repeats every {PEDESTRIAN_PERIOD_S} s",
            "trips start at the entrance and end at the exit of their arm",
        ],
    },
)
