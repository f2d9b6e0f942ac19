"""The city of the rollout: a controller, real agents and a simulated fleet, put up and down."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import Device, TelemetryEntry, Variant
from lamplighter_controller.link.mosquitto import stop_mosquitto

from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.processes import Child
from lamplighter_demo.city.running import (
    City,
    Notify,
    close_city,
    connect,
    enrol,
    start_city,
)
from lamplighter_demo.director import launch
from lamplighter_demo.errors import DemoError
from lamplighter_demo.rollout.fleet import (
    DEPOT,
    PROFILE,
    REAL_DEVICES,
    SITES,
    Inhabitant,
    inhabitants,
    query,
)
from lamplighter_demo.simulation.conduct import ByCost, Costs
from lamplighter_demo.simulation.device import Counts, SimulatedDevice
from lamplighter_demo.simulation.fleet_thread import FleetThread
from lamplighter_demo.simulation.identities import enrol_all

GROUP = "city"
POLL_S = 0.5
# Simulated devices say how they do every so often; what was met anew is learnt meanwhile.
WINDOW_S = 1.0
HANDSHAKES_AT_ONCE = 32
ASKED_AT_ONCE = 8


@dataclass(slots=True)
class Stage:
    """Everything that the acts play with."""

    city: City
    fleet: FleetThread
    people: Sequence[Inhabitant]
    costs: Costs
    notify: Notify
    setup_s: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def api(self) -> Client:
        """Of the controller that runs now."""
        return self.city.api

    @property
    def control(self) -> str:
        """A real agent that no rollout is for; empty: there are too few."""
        return max(self.city.agents) if len(self.city.agents) > 1 else ""

    @property
    def data(self) -> Path:
        """The controller's folder."""
        return self.city.folder / "controller"

    @property
    def names(self) -> list[str]:
        """Of all devices."""
        return [*self.city.agents, *(one.name for one in self.people)]

    def simulated(self, name: str) -> SimulatedDevice:
        """One of the simulated devices."""
        return next(device for device in self.fleet.devices if device.name == name)

    def start_controller_again(self, patience_s: float) -> None:
        """As it was started, on what is on disk; the API is at another port."""
        self.city.api.close()
        self.city.controller.start()
        self.city.api = connect(self.data, self.city.controller, patience_s)

    def served(self) -> dict[str, str]:
        """Device -> the variant that it serves."""
        devices = self.api.send(endpoints.devices())
        return {one.id: _variant(one) for one in devices}

    def windows(self, limit: int) -> dict[str, list[TelemetryEntry]]:
        """The newest windows of all devices."""

        def _read(name: str) -> list[TelemetryEntry]:
            return self.api.send(endpoints.telemetry(name, limit))

        with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
            return dict(zip(self.names, pool.map(_read, self.names), strict=True))

    def wait(
        self, what: str, holds: Callable[[], bool], patience_s: float, each_s: float = POLL_S
    ) -> float | None:
        """Seconds until something holds; None: not in time.

        Raises:
            DemoError: the controller or an agent has ended.
        """
        began = time.monotonic()
        while (took := time.monotonic() - began) < patience_s:
            if holds():
                return round(took, 1)
            self.check_alive()
            self.learn_costs()
            time.sleep(each_s)
        self.notify(f"not after {patience_s:.0f} s: {what}")
        return None

    def learn_costs(self) -> None:
        """Of variants that simulated devices have met."""
        if self.costs.unknown:
            self.costs.learn(_variants(self.api))

    def check_alive(self) -> None:
        """A part of the city that ends by itself ends the scenario."""
        parts: list[Child | DemoAgent] = [self.city.controller, *self.city.agents.values()]
        for part in parts:
            if not part.running:
                raise DemoError(f"a part of the city ended:\n{part.last_lines()}")


def open_stage(
    folder: Path, clips: Path, real: int, simulated: int, patience_s: float, notify: Notify
) -> Stage:
    """Put the city up, and wait until all serve what the planner finds for them.

    Raises:
        DemoError: a part did not come up.
    """
    began = time.monotonic()
    city = start_city(folder, clips, PROFILE, REAL_DEVICES[:real], notify, leaves_broker=True)
    people, costs = inhabitants(real, simulated), Costs()
    stage = Stage(city, FleetThread([]), people, costs, notify)
    try:
        _wait_for_variants(stage, patience_s)
        stage.fleet = _fleet(stage)
        _people_enter(stage)
        _until_all_serve(stage, patience_s)
    except BaseException:
        close_stage(stage)
        raise
    stage.setup_s = round(time.monotonic() - began, 1)
    return stage


def close_stage(stage: Stage) -> None:
    """Everything is switched off, the broker too; safe to call twice."""
    stage.fleet.stop()
    close_city(stage.city)
    stop_mosquitto(stage.data / "broker")


def _wait_for_variants(stage: Stage, patience_s: float) -> None:
    """The workshop prepares its networks first."""
    variants: list[Variant] = []

    def _offered() -> bool:
        variants[:] = _variants(stage.api)
        return bool(variants)

    if stage.wait("variants are offered", _offered, patience_s) is None:
        raise DemoError("the workshop offers nothing; see its log")
    stage.costs.learn(variants)
    stage.notify(f"{len(variants)} variants are offered")


def _fleet(stage: Stage) -> FleetThread:
    """Enrolled, with the sites that they stand at; not connected yet."""
    folder = stage.city.folder / "simulated"
    names = [one.name for one in stage.people]
    identities = enrol_all(stage.api, names, folder)
    for one in stage.people:
        stage.api.send(endpoints.label(one.name, site=one.site))
    stage.notify(f"{len(names)} simulated devices enrolled")
    counts, handshakes = Counts(), asyncio.Semaphore(HANDSHAKES_AT_ONCE)
    lean = [variant.id for variant in _variants(stage.api) if variant.model == "mobilenetv3"]
    return FleetThread(
        [
            SimulatedDevice(
                identity,
                one.kind,
                counts,
                handshakes,
                WINDOW_S,
                ByCost(one.kind, stage.costs, lean if one.refuses else ()),
            )
            for one, identity in zip(stage.people, identities, strict=True)
        ]
    )


def _people_enter(stage: Stage) -> None:
    if stage.city.agents:
        enrol(stage.city, stage.notify)
        for number, name in enumerate(stage.city.agents):
            site = DEPOT if name == stage.control else SITES[number % len(SITES)]
            stage.api.send(endpoints.label(name, site=site))
    stage.api.send(group_endpoints.create_group(GROUP, query(), "the rollouts are for these"))
    stage.fleet.start()
    launch(stage.city, stage.notify)


def _until_all_serve(stage: Stage, patience_s: float) -> None:
    def _serve() -> bool:
        served = stage.served()
        return all(served.get(name) for name in stage.names)

    if stage.wait("all devices serve", _serve, patience_s, each_s=2.0) is None:
        silent = [name for name, variant in stage.served().items() if not variant]
        raise DemoError(f"{len(silent)} devices serve nothing in time, as {silent[:3]}")
    stage.notify(f"all {len(stage.names)} devices serve")


def _variants(api: Client) -> list[Variant]:
    return api.send(endpoints.variants())


def _variant(device: Device) -> str:
    return device.reported.serving.variant if device.reported is not None else ""
