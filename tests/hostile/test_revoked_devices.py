"""A stolen device is out at once and for ever; a retired one comes back, or gives its name away."""

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.messages import Birth
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from tests.hostile.conftest import City
from tests.integration.test_controller_serve import eventually

pytestmark = pytest.mark.broker
QUIET_S, PATIENCE_S = 1.0, 60.0


class Thief(threading.Thread):
    """Has a device's disk: says what it can, and comes back whenever it is put out."""

    def __init__(self, device: str, transport: MqttTransport) -> None:
        super().__init__(daemon=True)
        self._topic, self._transport = topics.up(device, "event"), transport
        self.began_at, self.failures = 0.0, 0  # of the last that the broker has taken
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                if not self._transport.connected:
                    self._transport.connect()
                began_at = time.monotonic()
                self._transport.publish(self._topic, b"{}", wait_s=2.0)
                self.began_at = began_at
            except TransportError:
                self.failures += 1
            time.sleep(0.01)


@pytest.fixture
def thief(city: City) -> Iterator[Callable[[str], Thief]]:
    """Starts one with the certificate of a device; it ends with the test."""
    started: list[tuple[Thief, MqttTransport]] = []

    def start(device: str) -> Thief:
        transport = city.enrol(device)
        made = Thief(device, transport)
        started.append((made, transport))
        made.start()
        eventually(lambda: made.began_at, PATIENCE_S)
        return made

    yield start
    for made, transport in started:
        made.ended.set()
        made.join()
        transport.close()


def act(city: City, device: str, verb: str, status: int = 200, **body: str) -> dict[str, Any]:
    """What the API answers."""
    answer = city.api.post(f"/devices/{device}/{verb}", json=body)
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    return document


def is_out(city: City, device: str) -> bool:
    return bool(city.api.get(f"/devices/{device}").json()["shut_out"] == "in force")


def says_something(transport: MqttTransport, device: str) -> bool:
    """Whether the broker takes what it says."""
    with contextlib.suppress(TransportError):
        if not transport.connected:
            transport.connect()
        transport.publish(
            topics.up(device, "birth"), encode(Birth(device=device, epoch=1)), wait_s=60
        )
        return True
    return False


def test_a_stolen_device_that_speaks_all_the_time_is_silent_at_once(
    city: City, thief: Callable[[str], Thief]
) -> None:
    stolen = thief("cam-stolen")
    act(city, "cam-stolen", "revoke", reason="stolen from its post")
    eventually(lambda: is_out(city, "cam-stolen"), PATIENCE_S)
    failures, since = stolen.failures, time.monotonic()
    time.sleep(QUIET_S)
    eventually(lambda: stolen.failures > failures + 1, PATIENCE_S)
    assert stolen.began_at < since
    shown = city.api.get("/devices/cam-stolen").json()
    assert (shown["revoked"], shown["attention"]) == ("stolen from its post", [])


def copied(city: City, device: str) -> MqttTransport:
    """A client with what is on a device's disk now."""
    folder = shutil.copytree(city.folder / device, city.folder / f"copy-of-{device}")
    tls = TlsFiles(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    return MqttTransport("127.0.0.1", city.server.facts["broker_port"], device, tls)


def test_what_was_stolen_is_never_restored_and_its_name_is_free_for_another(
    city: City, connected: Callable[[str], MqttTransport]
) -> None:
    connected("cam-name")
    stolen = copied(city, "cam-name")
    act(city, "cam-name", "revoke", reason="stolen")
    act(city, "cam-name", "revoke", 409, reason="stolen again")
    assert "never undone" in act(city, "cam-name", "restore", 409)["detail"]
    assert "device release" in city.api.post("/tokens", json={"device": "cam-name"}).text
    eventually(lambda: is_out(city, "cam-name"), PATIENCE_S)
    act(city, "cam-name", "release")
    other = connected("cam-name")
    assert says_something(other, "cam-name")
    assert not says_something(stolen, "cam-name"), "what it has of certificates is worth nothing"
    shown = city.api.get("/devices/cam-name").json()
    assert (shown["retired_at"], shown["released_at"], shown["revoked"]) == (None, None, "")


def test_a_retirement_is_undone_until_the_name_is_free(
    city: City, connected: Callable[[str], MqttTransport]
) -> None:
    device = connected("cam-back")
    act(city, "cam-back", "restore", 409)
    act(city, "cam-back", "retire")
    act(city, "cam-back", "retire", 409)
    eventually(lambda: is_out(city, "cam-back"), PATIENCE_S)
    assert not says_something(device, "cam-back")
    act(city, "cam-back", "restore")
    eventually(lambda: says_something(device, "cam-back"), PATIENCE_S)
    eventually(lambda: city.api.get("/devices/cam-back").json()["online"], PATIENCE_S)
    act(city, "cam-back", "release", 409)
    act(city, "cam-back", "retire")
    act(city, "cam-back", "release")
    assert "released already" in act(city, "cam-back", "restore", 409)["detail"]


def test_the_rule_alone_silences_a_session_that_goes_on(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    rules = AccessRules(revoked=authority.revocation_list([]))
    files = authority.server_files(["localhost", "127.0.0.1"])
    broker = Mosquitto(tmp_path / "broker", files, rules).start()
    client = authority.passing_files("cam-1", tmp_path)
    tls = TlsFiles(client.ca, client.cert, client.key)
    device = MqttTransport("127.0.0.1", broker.port, "cam-1", tls)
    try:
        device.connect()
        device.publish(topics.up("cam-1", "event"), b"{}", wait_s=60)
        broker.restrict(AccessRules(frozenset({"cam-1"}), revoked=rules.revoked))
        broker.reload()
        eventually(lambda: is_refused(device), PATIENCE_S)
        assert device.connected
    finally:
        device.close()
        broker.stop()


def is_refused(device: MqttTransport) -> bool:
    try:
        device.publish(topics.up("cam-1", "event"), b"{}", wait_s=60)
    except RefusedError:
        return True
    return False
