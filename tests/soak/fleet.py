"""Six devices at one controller: four good ones, one of them behind a bad link and one with a bad
clock, one that is never killed, and one that is hostile."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
from lamplighter_controller.link.mosquitto_process import running_mosquitto
from lamplighter_controller.workshop.materials import shipped_folder
from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.devices import DemoDevice, TimeProfile
from lamplighter_demo.city.envelopes import Envelope, remove_stale_groups
from lamplighter_demo.city.footage import timeline, write_playlist
from lamplighter_demo.city.running import City, close_city, enrol, start_city

from tests.soak.hostile_device import start_hostile
from tests.soak.ledger import keep_ledger
from tests.soak.lossy_link import NEAR_ADDRESS, LossyLink
from tests.soak.wrong_clock import WrongClock

STEADY, FAR, CLOCKLESS, HOSTILE = "gateway-steady", "cam-far", "cam-clockless", "cam-hostile"
SMALL = Envelope(cpu_quota_cores=0.2)
DEVICES = (
    DemoDevice(STEADY, "never killed", "east-arm", Envelope(cpu_quota_cores=0.3)),
    DemoDevice("cam-one", "killed", "south-arm", SMALL),
    DemoDevice("cam-two", "killed", "east-arm", SMALL),
    DemoDevice(FAR, "behind a narrow link that loses packets", "south-arm", SMALL),
    DemoDevice(CLOCKLESS, "whose clock is wrong", "east-arm", SMALL),
    DemoDevice(HOSTILE, "hostile", "south-arm", SMALL),
)
# Short windows, so that much is said; the day goes round at its own pace.
PROFILE = TimeProfile(
    workload_scale=0.3,
    probation_frames=20,
    probation_s=5.0,
    telemetry_s=1.0,
    fps_floor=2.0,
    fps_cap=4.0,
    detections_every=1,
)
RATE_MBIT, LOSS = 1.0, 0.2
# The broker listens to the namespace as well; its own devices come over the loopback.
SETTINGS = {
    "LAMPLIGHTER_BROKER_BIND": "0.0.0.0",  # noqa: S104 - the link ends in a namespace of this machine
    "LAMPLIGHTER_PUBLIC_NAMES": f'["{NEAR_ADDRESS}", "127.0.0.1"]',
}


@dataclass(slots=True)
class Fleet:
    """What runs, and how it is reached."""

    city: City
    clock: WrongClock
    seed: int
    hostile: BaseProcess | None = None

    @property
    def good(self) -> Mapping[str, DemoAgent]:
        """Devices that mean well."""
        return {name: agent for name, agent in self.city.agents.items() if name != HOSTILE}

    def outbox(self, device: str) -> Path:
        """Where a device keeps what it has said."""
        return self.city.agents[device].state_dir / "outbox.sqlite"

    @property
    def database(self) -> Path:
        """The controller's."""
        return self.city.folder / "controller" / "controller.db"

    def broker(self) -> psutil.Process | None:
        """The controller's broker, while there is one."""
        return running_mosquitto(self.city.folder / "controller" / "broker" / "mosquitto.conf")

    def processes(self) -> dict[str, psutil.Process]:
        """All that should stay flat, by name."""
        numbers = {name: agent.pid for name, agent in self.good.items() if agent.running}
        if self.city.controller.running:
            numbers["controller"] = self.city.controller.pid
        found = {name: psutil.Process(n) for name, n in numbers.items() if psutil.pid_exists(n)}
        broker = self.broker()
        return found | ({"broker": broker} if broker else {})

    def start(self) -> None:
        """All devices, the hostile one as well."""
        for agent in self.good.values():
            agent.start()
        self.hostile = start_hostile(self.city.agents[HOSTILE].state_dir, self.seed)

    def stop_hostile(self) -> None:
        """Give the others peace."""
        if self.hostile is not None:
            self.hostile.kill()
            self.hostile.join()


@contextmanager
def running_fleet(folder: Path, seed: int, seconds: float) -> Iterator[Fleet]:
    """Enrolled, with a ledger in each outbox, not started yet; everything is stopped at the end."""
    remove_stale_groups()
    os.environ.update(SETTINGS)
    with ExitStack() as stack:
        link = stack.enter_context(LossyLink(RATE_MBIT, LOSS))
        clock = WrongClock(folder / "clock")
        city = start_city(folder, shipped_folder() / "clips", PROFILE, DEVICES, print)
        stack.callback(close_city, city)
        enrol(city, print)
        _replace(city, FAR, through=link.prefix)
        _replace(city, CLOCKLESS, environment=clock.environment)
        city.line = timeline(time.time(), seconds)
        for camera in {device.camera for device in DEVICES}:
            write_playlist(city.playlist(camera), city.clips, camera, timeline(time.time(), 0.0))
        fleet = Fleet(city, clock, seed)
        stack.callback(fleet.stop_hostile)
        for name in fleet.good:
            keep_ledger(fleet.outbox(name))
        yield fleet


def _replace(city: City, name: str, **how: object) -> None:
    old = city.agents[name]
    city.agents[name] = DemoAgent(old.device, old.folder, **how)  # type: ignore[arg-type]
