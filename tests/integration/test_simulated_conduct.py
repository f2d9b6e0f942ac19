"""Simulated devices that measure what networks cost, and one that refuses them all."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.target import find_controller
from lamplighter_demo.simulation.conduct import ByCost, Costs
from lamplighter_demo.simulation.device import Counts, SimulatedDevice
from lamplighter_demo.simulation.fleet_thread import FleetThread
from lamplighter_demo.simulation.identities import enrol_all
from lamplighter_demo.simulation.mix import kind_of
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import OperatingPoint, Telemetry

from tests.integration.test_controller_serve import Server, eventually

# Of each wait: on a busy machine several are needed in part.
PATIENCE_S = 240.0
pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    made.data.mkdir()
    try:
        made.start()
        yield made
    finally:
        made.stop()


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
            eventually(lambda: _window(api, "sim-0") or _learn(api, costs), PATIENCE_S)
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
