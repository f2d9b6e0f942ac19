"""Recording traces: a scenario replayed by SUMO, and where everybody was."""

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lamplighter_scenes.road_users import SIZE_M
from lamplighter_scenes.sumo.package import game_dir, read_network, read_text
from lamplighter_scenes.sumo.scenario import (
    LEAD_S,
    Departure,
    Scenario,
    centre_of,
    trace_meta,
)
from lamplighter_scenes.trace import Trace, TraceBuilder

STEP_S = 0.5
RADIUS_M = 110.0
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
TYPES_GAME, TYPES_FILE = "fokr_bs_demo", "vtypes_default.add.xml"


def routes(departures: Iterable[Departure]) -> str:
    """A file of routes, by departure as SUMO wants them."""
    return "<routes>\n" + "\n".join(text for _, text in sorted(departures)) + "\n</routes>\n"


def record(scenario: Scenario, scale: float, warm_up_s: int, duration_s: int) -> Trace:
    """Runs a scenario at `scale` times its demand and records `duration_s` seconds of it.

    Raises:
        FileNotFoundError: SUMO is not installed.
    """
    net = read_network(scenario.folder / scenario.network)
    import libsumo

    centre = centre_of(scenario, net)
    builder = TraceBuilder(STEP_S, RADIUS_M)
    with tempfile.TemporaryDirectory() as folder:
        end_s = scenario.begin_s + warm_up_s + duration_s
        libsumo.start(["sumo", *_options(scenario, net, Path(folder), scale, end_s)])
        try:
            while libsumo.simulation.getTime() < scenario.begin_s + warm_up_s:
                libsumo.simulationStep()
            for _ in range(round(duration_s / STEP_S)):
                libsumo.simulationStep()
                _send_home(libsumo)
                builder.add(_users(libsumo, centre))
        finally:
            libsumo.close()
    meta = trace_meta(scenario, scale, warm_up_s, duration_s, RADIUS_M)
    return builder.build({**meta, "seed": SEED})


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


def _types_file(folder: Path) -> Path:
    """SUMO's vehicle types with our meshes' lengths, so that nobody overlaps in a queue."""
    text = read_text(game_dir(TYPES_GAME) / TYPES_FILE)
    for sumo_type, kind in KINDS.items():
        length, width, _ = SIZE_M[kind]
        size = f' length="{length}" width="{width}"' if kind != "person" else ""
        text = text.replace(f'<vType id="{sumo_type}"', f'<vType id="{sumo_type}"{size}')
    path = folder / "types.add.xml"
    path.write_text(text)
    return path


def _options(scenario: Scenario, net: Any, folder: Path, scale: float, end_s: float) -> list[str]:
    """SUMO's command line; the demand it names is written into `folder`."""
    files = []
    for number, departures in enumerate(scenario.demand(net, scenario.folder, end_s)):
        files.append(folder / f"demand-{number}.xml")
        files[-1].write_text(routes(departures))
    signals = [scenario.folder / name for name in scenario.signals]
    values = {
        "-n": scenario.folder / scenario.network,
        "-r": ",".join(map(str, files)),
        "-a": ",".join(map(str, [_types_file(folder), *signals])),
        "--begin": scenario.begin_s - LEAD_S,
        "--step-length": STEP_S,
        "--seed": SEED,
        "--scale": scale,
        "--time-to-teleport": TELEPORT_S,
        "--lanechange.duration": 2.5,
    }
    options = [str(part) for pair in values.items() for part in pair]
    return [*options, "--ignore-route-errors", "--no-step-log", "--no-warnings"]
