"""Lets the demo city's day pass and provokes its faults."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import ClientError

from lamplighter_demo.city.devices import DEVICES, TimeProfile
from lamplighter_demo.city.faults import CutQuota, SwitchOff
from lamplighter_demo.city.footage import timeline, write_playlist
from lamplighter_demo.city.running import (
    API_TIMEOUT_S,
    City,
    Notify,
    close_city,
    enrol,
    start_city,
    stop_faults,
)
from lamplighter_demo.errors import DemoError

# Between two agents' starts, so that one measures itself while the others rest: real devices do not
# share a processor. And between the last start and the first frame.
APART_S = 2.0
LAUNCH_S = 6.0
# After the day: the last windows and reports arrive.
SETTLE_S = 6.0
POLL_S = 0.5
# A device that is switched takes this long to come or go.
SWITCHING_S = 2.0


def open_city(
    folder: Path,
    clips: Path,
    profile: TimeProfile,
    count: int,
    notify: Notify,
    objective: str = "",
) -> City:
    """Start the controller, enrol the devices, start the agents.

    `objective`: what plans maximise, by its name; empty: as the controller has it.

    Raises:
        DemoError: a part did not come up; the text shows the end of its log.
    """
    city = start_city(folder, clips, profile, DEVICES[:count], notify)
    try:
        if objective:
            city.api.send(endpoints.change_policy("fleet", {"objective": objective}))
            notify(f"plans are made for {objective}")
        enrol(city, notify)
        _start_faults(city, notify)  # they wait for transfers that begin during the launch
        launch(city, notify)
    except BaseException:
        close_city(city)
        raise
    return city


def run_day(
    city: City, notify: Notify, each: Callable[[], None], stop: Event | None = None
) -> None:
    """Let the day pass, or what of it goes by until `stop`. `each` is called twice a second.

    Raises:
        DemoError: a part of the city ended meanwhile.
    """
    phase, stop = "", stop or Event()
    while time.time() < city.line.end + SETTLE_S and not stop.is_set():
        current = city.line.phase_at(time.time())
        if current != phase:
            phase = current
            notify(f"the street: {phase}")
        each()
        _check_alive(city)
        stop.wait(POLL_S)
    stop_faults(city)


def launch(city: City, notify: Notify) -> None:
    """Start the agents one after the other, each before the street of its camera."""
    first_frame = time.time() + APART_S * (len(city.agents) - 1) + LAUNCH_S
    city.line = timeline(first_frame, city.profile.warm_up_s, city.profile.phase_s)
    for camera in {device.camera for device in city.devices}:
        write_playlist(city.playlist(camera), city.clips, camera, city.line)
    for agent in city.agents.values():
        agent.start()
        notify(f"{agent.device.id}: {agent.device.hardware}; {agent.realised.realised_by}")
        time.sleep(APART_S)


def _start_faults(city: City, notify: Notify) -> None:
    for agent in city.agents.values():
        if agent.device.switch_off_in_transfer:
            switch = SwitchOff(agent, notify)
            city.outages.append(switch.outage)
            city.faults.append(switch)
        if agent.device.cut_quota_in_transfer:
            cut = CutQuota(agent, notify, _newest_deployment(city, agent.device.id))
            city.cuts.append(cut.cut)
            city.faults.append(cut)
    for fault in city.faults:
        fault.start()


def _newest_deployment(city: City, device: str) -> Callable[[], tuple[int, str]]:
    """Reads (revision, outcome), for another thread: over a connection of its own."""
    api = Client(city.api.target, API_TIMEOUT_S)

    def read() -> tuple[int, str]:
        try:
            deployments = api.send(endpoints.deployments(device, limit=1))
        except ClientError:
            return 0, ""
        return next(((d.revision, d.outcome) for d in deployments), (0, ""))

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
        outage.device == device and time.time() - max(outage.off_at, outage.on_at) < SWITCHING_S
        for outage in city.outages
    )
