"""The broker stays up when its controller is killed: devices stay, and what they say waits."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from lamplighter_controller.link.mosquitto import stop_mosquitto
from lamplighter_controller.link.mosquitto_process import running_mosquitto
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Event, Telemetry
from lamplighter_wire.transport.mqtt import MqttTransport

from tests.simulators.controller_process import Server, enrol, eventually

pytestmark = pytest.mark.broker
EVENTS = 20


@pytest.fixture
def server(server: Server) -> Server:
    """Leaves its broker behind when it ends."""
    server.options = []
    return server


def broker_of(server: Server) -> psutil.Process | None:
    return running_mosquitto(server.data / "broker" / "mosquitto.conf")


def broker_stop(server: Server) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "lamplighter_cli", "broker", "stop", "--data"]
    return subprocess.run(
        [*command, str(server.data)], capture_output=True, text=True, timeout=60, check=False
    )


def tell(device: MqttTransport, first: int, count: int) -> None:
    """Events and windows, each acknowledged by the broker."""
    for seq in range(first, first + count):
        event = Event(device="cam-1", seq=seq, at=float(seq), kind=f"event-{seq}")
        device.publish(topics.up("cam-1", "event"), encode(event), wait_s=60)
        window = Telemetry(device="cam-1", seq=seq, start=time.time(), seconds=1.0)
        device.publish(topics.up("cam-1", "telemetry"), encode(window), wait_s=60)


def kept(api: httpx.Client) -> tuple[list[int], list[int]]:
    """Numbers of the device's events and windows."""
    events = api.get("/devices/cam-1/events").json()
    windows = api.get("/devices/cam-1/telemetry").json()
    numbered = [e["seq"] for e in events if e["kind"].startswith("event-")]
    return sorted(numbered), sorted(w["seq"] for w in windows)


def test_a_killed_controller_finds_its_broker_and_what_waits_there(
    server: Server, tmp_path: Path
) -> None:
    device = enrol(server.start(), tmp_path, "cam-1")
    device.connect()
    lost: list[str] = []
    device.on_disconnect(lost.append)
    broker = broker_of(server)
    tell(device, 1, EVENTS)
    server.stop(signal.SIGKILL)
    assert broker is not None and broker.is_running()
    tell(device, 1 + EVENTS, EVENTS)

    api = server.start()
    assert broker_of(server) == broker, "the same process"
    everything = list(range(1, 2 * EVENTS + 1))
    eventually(lambda: kept(api) == (everything, everything))
    assert (device.connected, lost) == (True, [])
    refused = broker_stop(server)
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr, "a controller would start it again"

    assert server.stop() == 0
    assert broker.is_running() and device.connected, "also after an orderly end"
    assert f"process {broker.pid}" in broker_stop(server).stdout
    eventually(lambda: not device.connected)
    assert broker_of(server) is None
    assert broker_stop(server).stdout == "no broker runs\n"
    device.close()


def test_a_broker_that_died_meanwhile_is_started_with_all_it_had(
    server: Server, tmp_path: Path
) -> None:
    device = enrol(server.start(), tmp_path, "cam-1")
    port = server.facts["broker_port"]
    server.stop(signal.SIGKILL)
    stop_mosquitto(server.data / "broker")
    server.start()
    assert server.facts["broker_port"] == port, "devices remember it"
    device.connect()
    device.close()
    assert server.stop() == 0
