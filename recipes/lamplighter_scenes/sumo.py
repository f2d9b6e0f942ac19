"""Recording traces with SUMO, from the measured Braunschweig junction in SUMO's package.

Needs the optional extra `sumo` and the data of PyPI's `eclipse-sumo` (tools/game/fokr_bs_demo).
Nothing else in the project needs SUMO: the recorded traces ship.

The data is one hour of trips (24 September 2023, 15-16 h UTC). It is repaired on the way:
bicycles and pedestrians, which the package repeats as flows, become single trips; trips are led
back to the entrance and on to the exit of their arm, so that nobody appears in mid-street; the
data has no buses, so every second truck becomes one; pedestrians (ten in the data) repeat.
"""

import gzip
import math
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_scenes.road_users import SIZE_M
from lamplighter_scenes.street import Point, Street, Strip
from lamplighter_scenes.trace import Trace, TraceBuilder

BEGIN_S = 54_000
HOUR_S = 3_600
STEP_S = 0.5
RADIUS_M = 110.0
GEOMETRY_RADIUS_M = 150.0
ARRIVAL_SPEED_MPS = 12.0  # to depart earlier when a trip is led back upstream
PEDESTRIAN_PERIOD_S = 150
TELEPORT_S = 300
SEED = 1
LONGEST_WAIT_S = 90  # a pedestrian whom the data leaves without a way across goes home
KINDS = {
    "veh_car": "car",
    "veh_van": "van",
    "veh_truck": "truck",
    "veh_bus": "bus",
    "veh_motorbike": "motorcycle",
    "bike_bicycle": "bicycle",
    "ped_pedestrian": "person",
}
TRIP = re.compile(r'<(?:trip|flow)\s+id="(\d+)" (?:depart|begin)="([\d.]+)"([^>]*)/>')
WALKER = re.compile(
    r'<personFlow id="(\d+)" begin="([\d.]+)".*?<walk from="([^"]+)" to="([^"]+)"', re.DOTALL
)


def data_dir() -> Path:
    """Where SUMO's package keeps the Braunschweig junction.

    Raises:
        FileNotFoundError: eclipse-sumo is not installed.
    """
    try:
        import sumo  # type: ignore[import-not-found]
    except ImportError as error:
        raise FileNotFoundError("pip install eclipse-sumo libsumo sumolib to record") from error
    return Path(sumo.SUMO_HOME) / "tools" / "game" / "fokr_bs_demo"


def _read(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


def attribute(text: str, name: str) -> str:
    """The value of an attribute of a trip.

    Raises:
        ValueError: when the trip lacks it.
    """
    match = re.search(rf'{name}="([^"]+)"', text)
    if match is None:
        raise ValueError(f"a trip lacks {name}: {text}")
    return match[1]


def _end_of_arm(edge: Any, upstream: bool) -> tuple[str, float]:
    """The outermost edge of the arm, and the metres gained by starting there."""
    gained_m, seen = 0.0, {edge.getID()}
    while True:
        around = edge.getIncoming() if upstream else edge.getOutgoing()
        straight = [
            other
            for other, links in around.items()
            if other.getID() not in seen and any(link.getDirection() == "s" for link in links)
        ]
        node = edge.getFromNode() if upstream else edge.getToNode()
        if len(straight) != 1 or node.getType() == "traffic_light":
            return edge.getID(), gained_m
        edge = straight[0]
        seen.add(edge.getID())
        gained_m += edge.getLength()


def _vehicle_trips(net: Any, text: str) -> Iterator[tuple[float, str]]:
    trucks = 0
    for name, depart, rest in TRIP.findall(text):
        kind = attribute(rest, "type")
        trucks += kind == "veh_truck"
        if kind == "veh_truck" and trucks % 2 == 0:
            kind = "veh_bus"
        start, gained_m = _end_of_arm(net.getEdge(attribute(rest, "from")), True)
        goal, _ = _end_of_arm(net.getEdge(attribute(rest, "to")), False)
        speed = ARRIVAL_SPEED_MPS if kind != "bike_bicycle" else ARRIVAL_SPEED_MPS / 3
        time_s = max(float(BEGIN_S - 60), float(depart) - gained_m / speed)
        lane = "best" if kind != "bike_bicycle" else "first"
        yield (
            time_s,
            f'<trip id="{name}" depart="{time_s:.1f}" type="{kind}" from="{start}" to="{goal}" '
            f'departLane="{lane}" departPos="base" departSpeed="max" arrivalPos="max"/>',
        )


def walkers(text: str, end_s: float) -> Iterator[tuple[float, str]]:
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


def routes(trips: Iterable[tuple[float, str]]) -> str:
    """A file of routes, by departure as SUMO wants them."""
    return "<routes>\n" + "\n".join(text for _, text in sorted(trips)) + "\n</routes>\n"


def _write_demand(net: Any, data: Path, folder: Path) -> list[Path]:
    motor = _vehicle_trips(net, _read(data / "15_16_veh.trips.xml.gz"))
    bikes = _vehicle_trips(net, _read(data / "15_16_bicycle.trips.xml"))
    people = walkers(_read(data / "15_16_ped.trips.xml"), BEGIN_S + HOUR_S)
    files = [folder / name for name in ("vehicles.xml", "bicycles.xml", "persons.xml")]
    for file, trips in zip(files, (motor, bikes, people), strict=True):
        file.write_text(routes(trips))
    return files


def _read_net(data: Path) -> Any:
    import sumolib

    return sumolib.net.readNet(str(data / "fokr_bs.net.xml.gz"), withInternal=True)


def _centre(net: Any) -> tuple[float, float]:
    lights = [node for node in net.getNodes() if node.getType() == "traffic_light"]
    x, y = lights[0].getCoord()[:2]
    return float(x), float(y)


def _users(sumo: Any, centre: tuple[float, float]) -> dict[str, tuple[str, float, float, float]]:
    users = {}
    for domain in (sumo.vehicle, sumo.person):
        for name in domain.getIDList():
            kind = KINDS[domain.getTypeID(name).split("@")[0]]
            x, y = domain.getPosition(name)[:2]
            angle = math.radians(90.0 - domain.getAngle(name))
            # SUMO gives the middle of a vehicle's front bumper
            half = SIZE_M[kind][0] / 2 if kind != "person" else 0.0
            x, y = x - centre[0] - math.cos(angle) * half, y - centre[1] - math.sin(angle) * half
            users[name] = (kind, x, y, angle)
    return users


def _send_home(sumo: Any) -> None:
    for name in sumo.person.getIDList():
        if sumo.person.getWaitingTime(name) > LONGEST_WAIT_S:
            sumo.person.removeStages(name)


def _types_file(data: Path, folder: Path) -> Path:
    """SUMO's vehicle types with our meshes' lengths, so that nobody overlaps in a queue."""
    text = _read(data / "vtypes_default.add.xml")
    for sumo_type, kind in KINDS.items():
        length, width, _ = SIZE_M[kind]
        size = f' length="{length}" width="{width}"' if kind != "person" else ""
        text = text.replace(f'<vType id="{sumo_type}"', f'<vType id="{sumo_type}"{size}')
    path = folder / "types.add.xml"
    path.write_text(text)
    return path


def record(scale: float, warm_up_s: int, duration_s: int) -> Trace:
    """Runs the measured hour at `scale` times its demand and records `duration_s` seconds of it."""
    import libsumo

    data = data_dir()
    net = _read_net(data)
    centre = _centre(net)
    builder = TraceBuilder(STEP_S, RADIUS_M)
    with tempfile.TemporaryDirectory() as folder:
        libsumo.start(["sumo", *_options(net, data, Path(folder), scale)])
        try:
            while libsumo.simulation.getTime() < BEGIN_S + warm_up_s:
                libsumo.simulationStep()
            for _ in range(round(duration_s / STEP_S)):
                libsumo.simulationStep()
                _send_home(libsumo)
                builder.add(_users(libsumo, centre))
        finally:
            libsumo.close()
    return builder.build(_meta(scale, warm_up_s, duration_s, SEED))


def _options(net: Any, data: Path, folder: Path, scale: float) -> list[str]:
    """SUMO's command line; the demand it names is written into `folder`."""
    files = _write_demand(net, data, folder)
    additional = [_types_file(data, folder), data / "signalPlan.add.xml"]
    scenario = {
        "-n": data / "fokr_bs.net.xml.gz",
        "-r": ",".join(map(str, files)),
        "-a": ",".join(map(str, additional)),
        "--begin": BEGIN_S - 60,
        "--step-length": STEP_S,
        "--seed": SEED,
        "--scale": scale,
        "--time-to-teleport": TELEPORT_S,
        "--lanechange.duration": 2.5,
    }
    options = [str(part) for pair in scenario.items() for part in pair]
    return [*options, "--ignore-route-errors", "--no-step-log", "--no-warnings"]


def _meta(scale: float, warm_up_s: int, duration_s: int, seed: int) -> dict[str, Any]:
    return {
        "source": "Eclipse SUMO, tools/game/fokr_bs_demo (EPL-2.0 OR GPL-2.0-or-later)",
        "place": "Braunschweig, 52.277 N 10.539 E; trips of 2023-09-24 15:00-16:00 UTC",
        "scale": scale,
        "begin_s": BEGIN_S + warm_up_s,
        "duration_s": duration_s,
        "seed": seed,
        "radius_m": RADIUS_M,
        "changes": [
            "every second truck of the data is a bus here; the data has no buses",
            f"each of the ten pedestrian routes of the data repeats every {PEDESTRIAN_PERIOD_S} s",
            "trips start at the entrance and end at the exit of their arm",
        ],
    }


def _kind_of(lane: Any) -> str:
    if lane.allows("passenger"):
        return "road"
    if lane.allows("bicycle"):
        return "bike"
    return "sidewalk" if lane.allows("pedestrian") else "verge"


def _near(shape: Iterable[Any], centre: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(
        (round(float(p[0]) - centre[0], 2), round(float(p[1]) - centre[1], 2)) for p in shape
    )


def _within(shape: tuple[Point, ...]) -> bool:
    return bool(np.min(np.hypot(*np.array(shape).T)) < GEOMETRY_RADIUS_M)


def _stop_line(shape: tuple[Point, ...], width_m: float) -> tuple[Point, Point]:
    (ax, ay), (bx, by) = shape[-2], shape[-1]
    length = math.hypot(bx - ax, by - ay)
    nx, ny = -(by - ay) / length * width_m / 2, (bx - ax) / length * width_m / 2
    return (round(bx + nx, 2), round(by + ny, 2)), (round(bx - nx, 2), round(by - ny, 2))


def record_street() -> Street:
    """The junction's geometry, relative to the signal-controlled node."""
    net = _read_net(data_dir())
    centre = _centre(net)
    strips, stop_lines = [], []
    for edge in net.getEdges(withInternal=True):
        signal = not edge.isSpecial() and edge.getToNode().getType() == "traffic_light"
        for lane in edge.getLanes():
            shape = _near(lane.getShape(), centre)
            if len(shape) < 2 or not _within(shape):
                continue
            kind = _kind_of(lane)
            strips.append(Strip(kind, float(lane.getWidth()), shape, bool(edge.isSpecial())))
            if signal and kind == "road":
                stop_lines.append(_stop_line(shape, float(lane.getWidth())))
    shapes = [_near(node.getShape(), centre) for node in net.getNodes()]
    junctions = tuple(shape for shape in shapes if len(shape) > 2 and _within(shape))
    return Street(tuple(strips), junctions, tuple(stop_lines), _meta(1.0, 0, 0, 0))
