"""A simulated fleet of a hundred, at a controller and a broker that are real."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.target import find_controller
from lamplighter_controller.link.mosquitto import stop_mosquitto
from lamplighter_demo.simulation.conduct import ByCost, Costs
from lamplighter_demo.simulation.device import Counts, SimulatedDevice
from lamplighter_demo.simulation.fleet_thread import FleetThread
from lamplighter_demo.simulation.identities import enrol_all
from lamplighter_demo.simulation.mix import kind_of
from lamplighter_demo.simulation.run import SimulationOptions, simulate
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import OperatingPoint, Telemetry

from tests.integration.test_controller_serve import Server, eventually

# Each wait has a patience of its own, and on a busy machine several of them are needed in part.
pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]
DEVICES = 100
PATIENCE_S = 240.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    made.data.mkdir()
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def leaving_its_broker(tmp_path: Path) -> Iterator[Server]:
    """As `lamplighter serve` does it; the last controller is ended, and its broker."""
    made = Server(tmp_path / "data")
    made.options = []
    made.data.mkdir()
    try:
        made.start()
        yield made
    finally:
        with contextlib.suppress(psutil.NoSuchProcess, OSError):
            last = psutil.Process(made.facts["pid"])
            last.kill()
            last.wait(10)
        stop_mosquitto(made.data / "broker")


def test_a_fleet_is_ordered_measured_and_comes_back_from_a_storm(
    server: Server, tmp_path: Path
) -> None:
    target, said = find_controller(server.data), list[str]()
    options = SimulationOptions(DEVICES, seconds=5.0, window_s=1.0, patience_s=240.0, storm=True)
    found = simulate(target, tmp_path / "devices", options, said.append)
    assert None not in (found["connected_s"], found["ordered_s"], found["committed_s"])
    assert found["telemetry"]["windows_per_s"] > 0.8 * found["telemetry"]["demanded_per_s"]
    storm = found["storm"]
    assert None not in (storm["back_s"], storm["controller_knows_s"])
    assert storm["false_offline"] == 0
    assert f"all {DEVICES} committed" in " ".join(said)
    with Client(target) as api:
        fleet = api.send(endpoints.rollup())
        assert fleet.devices == DEVICES
        assert fleet.deployments == {"committed": DEVICES}
        assert len(fleet.variants) > 1, "the kinds of devices get different variants"
        assert len(api.send(endpoints.devices())) == DEVICES


def test_a_fleet_does_not_notice_a_killed_controller(
    leaving_its_broker: Server, tmp_path: Path
) -> None:
    data = leaving_its_broker.data
    options = SimulationOptions(DEVICES, seconds=1.0, window_s=2.0, patience_s=180.0, restarts=data)
    restart = simulate(find_controller(data), tmp_path / "devices", options, print)["restart"]
    assert restart["quiet_s"] is not None
    assert restart["slowest_request_ms"] < 5000, "operators are served at once"
    figures = {k: restart[k] for k in ("reconnected", "false_offline", "lost", "doubled")}
    assert figures == dict.fromkeys(figures, 0)
    assert restart["plans"] < DEVICES, "only for those planned before the last build"
    assert restart["checked"] == DEVICES
    assert restart["windows"] > 2 * DEVICES


def test_identities_serve_for_the_next_run(server: Server, tmp_path: Path) -> None:
    target = find_controller(server.data)
    options = SimulationOptions(3, seconds=0.5, window_s=0.2, patience_s=60.0)
    first = simulate(target, tmp_path / "devices", options, lambda _: None)
    again = simulate(target, tmp_path / "devices", options, lambda _: None)
    assert first["committed_s"] is not None and again["committed_s"] is not None
    with Client(target) as api:
        enrolled = [e for e in api.send(endpoints.events(0, 5000)) if e.kind == "enrolled"]
    assert len(enrolled) == 3


def test_devices_measure_what_networks_cost_and_refuse_some(server: Server, tmp_path: Path) -> None:
    with Client(find_controller(server.data)) as api:
        costs, slots = Costs(), asyncio.Semaphore(8)
        costs.learn(eventually(lambda: api.send(endpoints.variants()), PATIENCE_S))
        identities = enrol_all(api, ["sim-0", "sim-1"], tmp_path / "devices")
        kind, counts = kind_of(0), Counts()
        devices = [
            SimulatedDevice(one, kind, counts, slots, 0.5, conduct)
            for one, conduct in zip(identities, (ByCost(kind, costs), Refuses()), strict=True)
        ]
        fleet = FleetThread(devices)
        fleet.start()
        try:
            eventually(
                lambda: api.send(endpoints.device("sim-0")).telemetry or _learn(api, costs), 90.0
            )
            eventually(lambda: _outcomes(api, "sim-1"), PATIENCE_S)
            window = _window(api, "sim-0")
        finally:
            fleet.stop()
        assert _outcomes(api, "sim-1")[-1] is Outcome.REJECTED
        assert devices[1].committed_at == 0.0, "it serves nothing: all were refused"
        assert window is not None
        work_mmac = costs.work_mmac(window.serving)
        assert work_mmac is not None
        is_int8 = costs.precision(window.serving.variant) == "int8"
        nominal_ms = work_mmac / 100 * (kind.int8_ms if is_int8 else kind.fp32_ms)
        assert window.latency_p50_ms == pytest.approx(nominal_ms, rel=0.06)


class Refuses:
    """A device that takes nothing."""

    def latency_ms(self, _point: OperatingPoint) -> float | None:
        return None

    def refusal(self, _variant: str) -> str:
        return "OOM"


def _window(api: Client, device: str) -> Telemetry | None:
    return api.send(endpoints.device(device)).telemetry


def _learn(api: Client, costs: Costs) -> bool:
    costs.learn(api.send(endpoints.variants()))
    return False


def _outcomes(api: Client, device: str) -> list[Outcome]:
    return [one.outcome for one in api.send(endpoints.deployments(device)) if one.outcome]
