"""`lamplighter serve` as a process: enrolment, messages over mutual TLS, events, kill, restart."""

import contextlib
import os
import pwd
import queue
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from lamplighter_controller.link.mosquitto import free_port
from lamplighter_controller.link.mosquitto_process import find_mosquitto, running_mosquitto
from lamplighter_wire import topics
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.messages import (
    Birth,
    Capabilities,
    Command,
    Event,
    Request,
    Status,
    Telemetry,
)
from lamplighter_wire.transport.mqtt import MqttTransport
from lamplighter_wire.transport.protocol import Received, Will

from tests.simulators.controller_process import Server, enrol, eventually
from tests.simulators.postgres import PostgresServer

pytestmark = pytest.mark.broker


def test_a_device_comes_and_the_controller_survives(server: Server, tmp_path: Path) -> None:
    api = server.start()
    port = server.facts["broker_port"]
    device = enrol(api, tmp_path, "cam-1")
    gone = encode(Status(device="cam-1", online=False, epoch=1))
    device.connect(Will(topics.up("cam-1", "status"), gone))
    device.publish(
        topics.up("cam-1", "birth"), encode(Birth(device="cam-1", epoch=1)), retain=True, wait_s=60
    )
    capabilities = Capabilities(device="cam-1", machine="x86_64", cores=3)
    device.publish(topics.up("cam-1", "capabilities"), encode(capabilities), retain=True, wait_s=60)
    shown = eventually(
        lambda: (d := api.get("/devices/cam-1").json())["online"] and d["capabilities"] and d
    )
    assert shown["capabilities"]["cores"] == 3

    # Events arrive on the stream while it is open.
    with api.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": connected"
        event = Event(device="cam-1", seq=1, at=time.time(), kind="source_lost", text="dark")
        device.publish(topics.up("cam-1", "event"), encode(event), wait_s=60)
        assert next(line for line in lines if line == "event: source_lost"), "behind any others"

    # Malformed messages are counted and nothing else happens.
    device.publish(topics.up("cam-1", "telemetry"), b"{", wait_s=60)
    eventually(lambda: 'dropped_total{kind="malformed"} 1' in api.get("/metrics").text)

    # The broker dies alone: it is started again on its port, and the controller listens again.
    broker = psutil.Process(server.facts["pid"]).children()
    next(c for c in broker if "mosquitto" in c.name()).kill()
    eventually(lambda: not device.connected)
    eventually(lambda: _reconnect(device))
    event = Event(device="cam-1", seq=2, at=time.time(), kind="source_back")
    device.publish(topics.up("cam-1", "event"), encode(event), wait_s=60)
    log = "/devices/cam-1/events"
    eventually(lambda: any(e["kind"] == "source_back" for e in api.get(log).json()))

    # Power off: the broker goes with the controller, and both come back with all they knew.
    server.stop(signal.SIGKILL)
    eventually(lambda: not device.connected)
    api = server.start()
    assert server.facts["broker_port"] == port, "devices remember it"
    again = api.get("/devices/cam-1").json()
    assert again["capabilities"]["cores"] == 3
    device.close()
    assert server.stop() == 0


def test_a_controller_on_postgresql_keeps_what_it_knows(
    server: Server, tmp_path: Path, postgres: PostgresServer
) -> None:
    server.options += ["--database", postgres.new_database()]
    api = server.start()
    device = enrol(api, tmp_path, "cam-1")
    device.connect()
    birth = Birth(device="cam-1", epoch=1)
    device.publish(topics.up("cam-1", "birth"), encode(birth), retain=True, wait_s=60)
    for seq in range(1, 9):
        window = Telemetry(device="cam-1", seq=seq, start=time.time(), seconds=1.0)
        device.publish(topics.up("cam-1", "telemetry"), encode(window), wait_s=60)
    server.stop(signal.SIGKILL)
    assert not (server.data / "controller.db").exists()
    api = server.start()

    def kept() -> list[int]:
        return [window["seq"] for window in api.get("/devices/cam-1/telemetry").json()]

    # What was not handled before the kill comes from the broker again.
    eventually(lambda: kept() == list(range(1, 9)))
    assert api.get("/devices/cam-1").json()["telemetry"]["seq"] == 8
    device.close()
    assert server.stop() == 0


def test_the_command_line_reaches_a_device(server: Server, tmp_path: Path) -> None:
    device = enrol(server.start(), tmp_path, "cam-1")
    heard: queue.Queue[Received] = queue.Queue()
    device.on_message(heard.put)
    device.connect()
    device.subscribe(topics.all_down("cam-1"))
    command = [sys.executable, "-m", "lamplighter_cli", "device", "probe", "cam-1"]
    command += ["--data", str(server.data)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert said == "cam-1 measures itself again if it is back within 300 s\n", "there was no birth"
    assert decode(heard.get(timeout=60.0).payload, Command).kind == "probe"
    device.close()


@contextlib.contextmanager
def nothing_can_be_saved(data: Path) -> Iterator[None]:
    """Holds the write lock of the controller's database."""
    database = sqlite3.connect(data / "controller.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    yield
    database.close()


def test_what_was_received_and_not_handled_survives_a_kill(server: Server, tmp_path: Path) -> None:
    api = server.start()
    device = enrol(api, tmp_path, "cam-1")
    device.connect()
    event = Event(device="cam-1", seq=1, at=time.time(), kind="source_lost")
    chunks = Request(device="cam-1", kind="chunks", chunks=["a" * 64])
    with nothing_can_be_saved(server.data):
        device.publish(topics.up("cam-1", "event"), encode(event), wait_s=60)
        # Who asks for chunks waits for nobody, so this one shows that the event has arrived.
        device.publish(topics.up("cam-1", "request"), encode(chunks), wait_s=60)
        eventually(lambda: 'chunks_total{kind="requested"} 1' in api.get("/metrics").text)
        server.stop(signal.SIGKILL)
    device.close()
    api = server.start()
    eventually(
        lambda: [e["kind"] for e in api.get("/devices/cam-1/events").json()].count("source_lost")
    )
    assert server.stop() == 0


@pytest.fixture
def elsewhere(server: Server, tmp_path: Path) -> Iterator[int]:
    """A broker that the controller has written the files for and does not run; its port."""
    port, folder = free_port(), tmp_path / "broker"
    command = [sys.executable, "-m", "lamplighter_cli", "broker", "files", str(folder)]
    command += ["--name", "localhost", "--port", str(port), "--data", str(server.data)]
    command += ["--user", pwd.getpwuid(os.geteuid()).pw_name]
    subprocess.run(command, check=True, timeout=60)
    broker = subprocess.Popen([find_mosquitto(), "-c", str(folder / "mosquitto.conf")])
    eventually(lambda: socket.create_connection(("localhost", port), 1.0)).close()
    yield port
    broker.kill()
    broker.wait()


def test_a_broker_that_runs_elsewhere(server: Server, elsewhere: int, tmp_path: Path) -> None:
    server.settings["LAMPLIGHTER_BROKER_URL"] = f"mqtts://localhost:{elsewhere}"
    api = server.start()
    children = psutil.Process(server.facts["pid"]).children(recursive=True)
    assert not [c for c in children if "mosquitto" in c.name()]
    device = enrol(api, tmp_path, "cam-1")  # it is told where the broker is
    device.connect()
    event = Event(device="cam-1", seq=1, at=time.time(), kind="source_lost")
    device.publish(topics.up("cam-1", "event"), encode(event), wait_s=60)
    log = "/devices/cam-1/events"
    eventually(lambda: any(e["kind"] == "source_lost" for e in api.get(log).json()))
    with pytest.raises(RefusedError):
        device.publish(topics.up("cam-2", "event"), b"x", wait_s=60)
    device.close()
    assert server.stop() == 0


def test_what_a_broker_elsewhere_has_not_read_is_shown_until_it_has(
    server: Server, elsewhere: int, tmp_path: Path
) -> None:
    server.settings["LAMPLIGHTER_BROKER_URL"] = f"mqtts://localhost:{elsewhere}"
    api = server.start()
    device = enrol(api, tmp_path, "cam-1")
    device.connect()
    assert api.post("/devices/cam-1/revoke", json={"reason": "stolen"}).is_success
    shown = eventually(lambda: _settled(api, "cam-1"))
    assert f"from {server.data / 'broker-files'}" in shown["shut_out"]
    assert "kill -HUP" in shown["shut_out"]
    assert [notice["kind"] for notice in shown["attention"]] == ["still_let_in"]
    assert server.stop() == 0
    api = server.start()
    shown = eventually(lambda: _settled(api, "cam-1"))
    assert "kill -HUP" in shown["shut_out"], "what was known before a start is not taken for true"
    for file in (server.data / "broker-files").iterdir():
        shutil.copy(file, tmp_path / "broker" / file.name)
    process = running_mosquitto(tmp_path / "broker" / "mosquitto.conf")
    assert process is not None
    process.send_signal(signal.SIGHUP)
    eventually(lambda: _settled(api, "cam-1")["shut_out"] == "in force")
    with pytest.raises(TransportError):
        device.connect()
    device.close()
    done = "the broker keeps out all that are retired"
    eventually(lambda: done in [event["text"] for event in api.get("/events/log").json()])
    assert server.stop() == 0


def _settled(api: httpx.Client, device: str) -> dict[str, Any]:
    """The device, once it was tried whether the broker keeps it out."""
    shown: dict[str, Any] = api.get(f"/devices/{device}").json()
    return shown if shown["shut_out"] != "pending" else {}


def _reconnect(device: MqttTransport) -> bool:
    with contextlib.suppress(TransportError):
        device.connect()
    return device.connected


def test_two_controllers_do_not_share_a_folder(server: Server) -> None:
    server.start()
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--port", "0"]
    command += ["--data", str(server.data), "--broker-port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"process {server.facts['pid']}" in second.stderr
    assert "Traceback" not in second.stderr


def test_two_controllers_do_not_share_a_port(server: Server, tmp_path: Path) -> None:
    server.start()
    port = str(server.facts["broker_port"])
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--port", "0"]
    command += ["--data", str(tmp_path / "second"), "--broker-port", port, "--stop-broker"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "--broker-port" in second.stderr
    assert "Traceback" not in second.stderr
    assert Path(f"/proc/{server.facts['pid']}").exists()
