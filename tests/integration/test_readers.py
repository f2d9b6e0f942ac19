"""A program that reads, against a real broker: it sees its topics, and does nothing else."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Birth
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles
from lamplighter_wire.transport.protocol import Received, Will

from tests.integration.test_controller_serve import Server, enrol, eventually

pytestmark = pytest.mark.broker
USER = "_reader-desk"
FORBIDDEN = (
    "lamplighter/read/cam-1/state",
    "homeassistant/device/lamplighter_cam-1/config",
    f"lamplighter/v1/{USER}/up/birth",
    "lamplighter/v1/cam-1/up/telemetry",
    "lamplighter/v1/cam-1/down/desired",
    "anything",
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    made.data.mkdir()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def command(server: Server, *words: str) -> str:
    program = [sys.executable, "-m", "lamplighter_cli", *words, "--data", str(server.data)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_reader_reads_its_topics_and_nothing_else(server: Server, tmp_path: Path) -> None:
    api = server.start()
    device = enrol(api, tmp_path, "cam-1")
    device.connect()
    birth = topics.up("cam-1", "birth")
    device.publish(birth, encode(Birth(device="cam-1", epoch=1)), retain=True, wait_s=60)
    folder = tmp_path / "desk"
    command(server, "reader", "add", "desk", str(folder))
    assert (folder / "client.key").stat().st_mode & 0o077 == 0
    files = TlsFiles(folder / "ca.crt", folder / "client.crt", folder / "client.key")

    def reader() -> MqttTransport:
        return MqttTransport("127.0.0.1", server.facts["broker_port"], USER, files)

    heard: list[Received] = []
    desk = reader()
    desk.on_message(heard.append)
    eventually(lambda: _connects(desk, Will("lamplighter/read/cam-1/state", b"a lie")))
    for pattern in ("#", "lamplighter/read/#", "homeassistant/#"):
        desk.subscribe(pattern)
    # Its own topics come, retained and in time.
    eventually(lambda: {_kind(message.topic) for message in heard} == {"read", "homeassistant"})
    eventually(lambda: any(_says_online(message) for message in heard))
    device.publish(birth, encode(Birth(device="cam-1", epoch=2)), retain=True, wait_s=60)
    for topic in FORBIDDEN:
        with pytest.raises(TransportError):
            desk.publish(topic, b"a lie", wait_s=60)
    # Nor does its last will come anywhere.
    watch: list[Received] = []
    command(server, "reader", "add", "second", str(tmp_path / "second"))
    other_files = TlsFiles(
        *(tmp_path / "second" / name for name in ("ca.crt", "client.crt", "client.key"))
    )
    other = MqttTransport("127.0.0.1", server.facts["broker_port"], "_reader-second", other_files)
    other.on_message(watch.append)
    eventually(lambda: _connects(other))
    other.subscribe("#")
    lost: list[str] = []
    desk.on_disconnect(lost.append)
    command(server, "reader", "end", "desk")
    eventually(lambda: lost)
    eventually(lambda: watch)
    time.sleep(0.5)
    assert all(message.payload != b"a lie" for message in [*heard, *watch])
    assert all(_kind(message.topic) in ("read", "homeassistant") for message in [*heard, *watch])
    with pytest.raises(TransportError):
        reader().connect()
    desk.close()
    other.close()
    device.close()
    server.stop()


def _says_online(message: Received) -> bool:
    is_state = message.topic == "lamplighter/read/cam-1/state"
    return is_state and json.loads(message.payload)["online"] is True


def _connects(transport: MqttTransport, will: Will | None = None) -> bool:
    """A broker learns of a reader within moments."""
    try:
        transport.connect(will)
    except TransportError:
        return False
    return True


def _kind(topic: str) -> str:
    return "homeassistant" if topic.startswith("homeassistant/") else topic.split("/")[1]
