"""Puts the demo city up, lets its day pass, provokes the faults, and takes it down."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from lamplighter_demo.agents import THREAD_LIMITS, DemoAgent
from lamplighter_demo.api import Api, DemoError, connect
from lamplighter_demo.devices import DEVICES, DemoDevice, TimeProfile
from lamplighter_demo.faults import CutQuota, Outage, QuotaCut, SwitchOff
from lamplighter_demo.footage import Timeline, counting_lines, timeline, write_playlist
from lamplighter_demo.processes import Child

Say = Callable[[str], None]
# Between two agents' starts, so that one measures itself while the others rest: real devices do not
# share a processor. And between the last start and the first frame.
APART_S = 2.0
LAUNCH_S = 6.0
# After the day: the last windows and reports arrive.
SETTLE_S = 6.0
POLL_S = 0.5


@dataclass(slots=True)
class City:
    """Everything of the running demo that its report needs."""

    folder: Path
    clips: Path
    profile: TimeProfile
    devices: tuple[DemoDevice, ...]
    started_at: float
    api: Api
    controller: Child
    line: Timeline
    agents: dict[str, DemoAgent] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    cuts: list[QuotaCut] = field(default_factory=list)
    faults: list[SwitchOff | CutQuota] = field(default_factory=list)


def start_city(
    folder: Path,
    clips: Path,
    profile: TimeProfile,
    devices: tuple[DemoDevice, ...],
    say: Say,
) -> City:
    """Start the controller only.

    Raises:
        DemoError: it did not come up; the text shows the end of its log.
    """
    started_at = time.time()
    controller = _start_controller(folder, profile)
    try:
        api = connect(folder / "controller", lambda: controller.running)
    except DemoError as error:
        controller.stop()
        raise DemoError(f"{error}:\n{controller.last_lines()}") from error
    say(f"controller is up at {api.url}")
    line = timeline(0.0, profile.warm_up_s, profile.phase_s)
    city = City(folder, clips, profile, devices, started_at, api, controller, line)
    city.agents = {d.id: DemoAgent(d, folder / "agents" / d.id) for d in devices}
    return city


def open_city(folder: Path, clips: Path, profile: TimeProfile, count: int, say: Say) -> City:
    """Start the controller, enrol the devices, start the agents.

    Raises:
        DemoError: a part did not come up; the text shows the end of its log.
    """
    city = start_city(folder, clips, profile, DEVICES[:count], say)
    try:
        enrol(city, say)
        _start_faults(city, say)  # they wait for transfers that begin during the launch
        _launch(city, say)
    except BaseException:
        close_city(city)
        raise
    return city


def run_day(city: City, say: Say, each: Callable[[], None]) -> None:
    """Let the day pass. `each` is called about twice a second."""
    phase = ""
    while time.time() < city.line.end + SETTLE_S:
        now = city.line.phase_at(time.time())
        if now != phase:
            phase = now
            say(f"the street: {phase}")
        each()
        _check_alive(city)
        time.sleep(POLL_S)
    stop_faults(city)


def stop_faults(city: City) -> None:
    """Wait until each has put right what it broke; safe to call twice."""
    for fault in city.faults:
        fault.stop()
        fault.join(timeout=10)


def stop_agents(city: City) -> None:
    for agent in city.agents.values():
        agent.stop()


def close_city(city: City) -> None:
    """Stop everything; safe to call twice."""
    stop_faults(city)
    stop_agents(city)
    city.api.close()
    city.controller.stop()


def _start_controller(folder: Path, profile: TimeProfile) -> Child:
    data = folder / "controller"
    data.mkdir(parents=True, exist_ok=True)
    environment = {
        **THREAD_LIMITS,
        "LAMPLIGHTER_PROBATION_FRAMES": str(profile.probation_frames),
        "LAMPLIGHTER_PROBATION_S": str(profile.probation_s),
        # A full evaluation would take half the machine while the day passes.
        "LAMPLIGHTER_EVALUATE_AFTER_S": "0",
        "LAMPLIGHTER_REFUSAL_S": str(profile.refusal_s),
        "LAMPLIGHTER_API_PORT": "0",
        "LAMPLIGHTER_BROKER_PORT": "0",
    }
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--data", str(data)]
    child = Child("controller", command, folder / "controller.log", environment)
    child.start()
    return child


def enrol(city: City, say: Say) -> None:
    """Give every device its token and let it enrol. Raises DemoError."""
    waiting: list[Child] = []
    for device in city.devices:
        agent = city.agents[device.id]
        playlist = city.folder / f"{device.camera}.playlist.json"
        lines = counting_lines(city.clips, device.camera)
        agent.configure(city.api.url, playlist, lines, city.profile)
        answer = city.api.post("/tokens", {"device": device.id})
        waiting.append(agent.enrol(city.api.url, answer["token"]))
    for child in waiting:
        _wait_for_exit(child)
    say(f"{len(waiting)} devices enrolled, each with its own key and certificate")


def _wait_for_exit(child: Child, patience_s: float = 60.0) -> None:
    deadline = time.monotonic() + patience_s
    while child.running and time.monotonic() < deadline:
        time.sleep(0.05)
    if child.exit_code != 0:
        child.stop()
        raise DemoError(f"{child.name} could not enrol:\n{child.last_lines()}")


def _launch(city: City, say: Say) -> None:
    first_frame = time.time() + APART_S * (len(city.agents) - 1) + LAUNCH_S
    city.line = timeline(first_frame, city.profile.warm_up_s, city.profile.phase_s)
    for camera in {device.camera for device in city.devices}:
        write_playlist(city.folder / f"{camera}.playlist.json", city.clips, camera, city.line)
    for agent in city.agents.values():
        agent.start()
        say(f"{agent.device.id}: {agent.device.hardware}; {agent.realised.realised_by}")
        time.sleep(APART_S)


def _start_faults(city: City, say: Say) -> None:
    for agent in city.agents.values():
        if agent.device.switch_off_in_transfer:
            switch = SwitchOff(agent, say)
            city.outages.append(switch.outage)
            city.faults.append(switch)
        if agent.device.cut_quota_in_transfer:
            cut = CutQuota(agent, say, _revision_of(city, agent.device.id))
            city.cuts.append(cut.cut)
            city.faults.append(cut)
    for fault in city.faults:
        fault.start()


def _revision_of(city: City, device: str) -> Callable[[], tuple[int, str]]:
    """Reads (revision, outcome) of the newest deployment over an API connection of its own."""
    api = Api(city.api.url, city.api.token)

    def read() -> tuple[int, str]:
        try:
            found = api.get(f"/devices/{device}/deployments", limit=1)
        except httpx.HTTPError:
            return 0, ""
        return (int(found[0]["revision"]), str(found[0]["outcome"])) if found else (0, "")

    return read


def _check_alive(city: City) -> None:
    if not city.controller.running:
        raise DemoError(f"the controller ended:\n{city.controller.last_lines()}")
    off = {o.device for o in city.outages if o.off_at and not o.happened}
    for name, agent in city.agents.items():
        if not agent.running and name not in off and not _just_switched(city, name):
            raise DemoError(f"{name} ended:\n{agent.last_lines()}")


def _just_switched(city: City, device: str) -> bool:
    return any(
        o.device == device and time.time() - max(o.off_at, o.on_at) < 2.0 for o in city.outages
    )


def machine() -> dict[str, object]:
    """What the demo ran on."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
    return {
        "cpu_model": model,
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": sys.version.split()[0],
    }
