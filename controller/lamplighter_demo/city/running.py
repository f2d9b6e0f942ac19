"""The demo city: its controller and devices put up, enrolled, and taken down."""

import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import ClientError
from lamplighter_client.target import find_controller
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from lamplighter_demo.city.agents import THREAD_LIMITS, DemoAgent
from lamplighter_demo.city.devices import SITE, DemoDevice, TimeProfile
from lamplighter_demo.city.faults import CutQuota, Outage, QuotaCut, SwitchOff
from lamplighter_demo.city.footage import Timeline, counting_lines, timeline
from lamplighter_demo.city.processes import Child
from lamplighter_demo.errors import DemoError

Notify = Callable[[str], None]
CONTROLLER_PATIENCE_S = 60.0
ENROLMENT_PATIENCE_S = 60.0
# A busy machine is waited for, a controller that hangs is not.
API_TIMEOUT_S = 20.0


@dataclass(slots=True)
class City:
    """Everything of the running demo that its report needs."""

    folder: Path
    clips: Path
    profile: TimeProfile
    devices: tuple[DemoDevice, ...]
    started_at: float
    api: Client
    controller: Child
    line: Timeline
    agents: dict[str, DemoAgent] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    cuts: list[QuotaCut] = field(default_factory=list)
    faults: list[SwitchOff | CutQuota] = field(default_factory=list)

    def playlist(self, camera: str) -> Path:
        """What a camera of this city shows."""
        return self.folder / f"{camera}.playlist.json"


def start_city(
    folder: Path,
    clips: Path,
    profile: TimeProfile,
    devices: tuple[DemoDevice, ...],
    notify: Notify,
    *,
    leaves_broker: bool = False,
) -> City:
    """Start the controller only.

    Args:
        leaves_broker: the broker outlives the controller; `stop_mosquitto` ends it.

    Raises:
        DemoError: it did not come up; the text shows the end of its log.
    """
    started_at = time.time()
    controller = _start_controller(folder, profile, leaves_broker=leaves_broker)
    try:
        api = connect(folder / "controller", controller)
    except DemoError:
        controller.stop()
        raise
    notify(f"controller is up at {api.target.url}")
    line = timeline(0.0, profile.warm_up_s, profile.phase_s)
    agents = {device.id: DemoAgent(device, folder / "agents" / device.id) for device in devices}
    return City(folder, clips, profile, devices, started_at, api, controller, line, agents)


def _start_controller(folder: Path, profile: TimeProfile, *, leaves_broker: bool) -> Child:
    data = folder / "controller"
    data.mkdir(parents=True, exist_ok=True)
    environment = {
        **THREAD_LIMITS,
        "LAMPLIGHTER_PROBATION_FRAMES": str(profile.probation_frames),
        "LAMPLIGHTER_PROBATION_S": str(profile.probation_s),
        # A full evaluation would take half the machine while the day passes.
        "LAMPLIGHTER_EVALUATE_AFTER_S": "0",
        # The comparison is of one runtime; exporting for another takes a minute of this machine.
        "LAMPLIGHTER_RUNTIMES": os.environ.get("LAMPLIGHTER_RUNTIMES", BASE_RUNTIME),
        "LAMPLIGHTER_REFUSAL_S": str(profile.refusal_s),
        "LAMPLIGHTER_API_PORT": "0",
        "LAMPLIGHTER_BROKER_PORT": "0",
    }
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--data", str(data)]
    command += [] if leaves_broker else ["--stop-broker"]
    child = Child("controller", command, folder / "controller.log", environment)
    child.start()
    return child


def connect(data: Path, controller: Child, patience_s: float = CONTROLLER_PATIENCE_S) -> Client:
    """Wait for the controller's own note of where it is, then for its API.

    Raises:
        DemoError: it did not come up; the text shows the end of its log.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and controller.running:
        with contextlib.suppress(ClientError):
            api = Client(find_controller(data), API_TIMEOUT_S)
            api.send(endpoints.devices())
            return api
        time.sleep(0.1)
    raise DemoError(f"the controller did not come up:\n{controller.last_lines()}")


def enrol(city: City, notify: Notify) -> None:
    """Give every device its token and let it enrol.

    Raises:
        DemoError: one could not; the text shows the end of its log.
    """
    enrolments = [_start_enrolment(city, device) for device in city.devices]
    for device, child in zip(city.devices, enrolments, strict=True):
        _wait_for_exit(child)
        city.api.send(endpoints.label(device.id, site=SITE))
    notify(f"{len(enrolments)} devices enrolled, each with its own key and certificate")


def _start_enrolment(city: City, device: DemoDevice) -> Child:
    agent = city.agents[device.id]
    url = city.api.target.url
    lines = counting_lines(city.clips, device.camera)
    agent.configure(url, city.playlist(device.camera), lines, city.profile)
    return agent.enrol(url, city.api.send(endpoints.create_token(device.id)).token)


def _wait_for_exit(child: Child) -> None:
    deadline = time.monotonic() + ENROLMENT_PATIENCE_S
    while child.running and time.monotonic() < deadline:
        time.sleep(0.05)
    if child.exit_code != 0:
        child.stop()
        raise DemoError(f"{child.name} could not enrol:\n{child.last_lines()}")


def stop_faults(city: City) -> None:
    """Wait until each has put right what it broke; safe to call twice."""
    for fault in city.faults:
        fault.stop()
        fault.join(timeout=10)


def stop_agents(city: City) -> None:
    """Switch all devices off."""
    for agent in city.agents.values():
        agent.stop()


def close_city(city: City) -> None:
    """Stop everything; safe to call twice."""
    stop_faults(city)
    stop_agents(city)
    city.api.close()
    city.controller.stop()


def machine() -> dict[str, object]:
    """What the city runs on."""
    return {
        "cpu_model": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": sys.version.split()[0],
    }


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, "")
