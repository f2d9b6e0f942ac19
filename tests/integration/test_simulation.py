"""A simulated fleet of a hundred, at a controller and a broker that are real."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.target import find_controller
from lamplighter_controller.link.mosquitto import stop_mosquitto
from lamplighter_demo.simulation.run import SimulationOptions, simulate

from tests.integration.test_controller_serve import Server

# Each wait has a patience of its own, and on a busy machine several of them are needed in part.
pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]
DEVICES = 100


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
            last.wait(60)
        stop_mosquitto(made.data / "broker")


def test_a_fleet_is_ordered_measured_and_comes_back_from_a_storm(
    server: Server, tmp_path: Path
) -> None:
    target, said = find_controller(server.data), list[str]()
    options = SimulationOptions(
        DEVICES, seconds=5.0, window_s=1.0, patience_s=240.0, storm=True, downloads=True
    )
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


@pytest.mark.long
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
    options = replace(options, rollout="mobilenetv3", patience_s=240.0)
    again = simulate(target, tmp_path / "devices", options, lambda _: None)
    rollout = again["rollout"]
    assert (rollout["state"], rollout["devices"]) == ("succeeded", rollout["counts"]["succeeded"])
    assert rollout["devices"] > 0
    assert rollout["served_s"] <= rollout["known_s"]
    assert first["committed_s"] is not None and again["committed_s"] is not None
    with Client(target) as api:
        enrolled = [e for e in api.send(endpoints.events(0, 5000)) if e.kind == "enrolled"]
    assert len(enrolled) == 3
