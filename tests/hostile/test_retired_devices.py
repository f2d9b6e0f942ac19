"""A retired device is out at once and for good: session, certificate, tokens, retained messages."""

import signal
import time
from collections.abc import Callable

import httpx
import pytest
from lamplighter_controller.link.mosquitto_process import running_mosquitto
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.enrolment import Token, build_request
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Birth
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from tests.hostile.conftest import City
from tests.integration.test_controller_serve import eventually
from tests.simulators.certificates import key_and_request

pytestmark = pytest.mark.broker
REMAINS = b"left behind"


def token_for(city: City, device: str) -> Token:
    return Token.parse(city.api.post("/tokens", json={"device": device}).json()["token"])


def answer(city: City, token: Token, device: str, csr: str) -> httpx.Response:
    return city.api.post("/enrol", content=encode(build_request(token, device, csr)))


def test_its_session_ends_at_once_and_its_certificate_opens_nothing(
    city: City, connected: Callable[[str], MqttTransport]
) -> None:
    device, lost = connected("cam-gone"), list[str]()
    device.on_disconnect(lost.append)
    other = connected("cam-stays")
    city.retire("cam-gone")
    eventually(lambda: lost)
    with pytest.raises(TransportError):
        device.connect()
    other.publish(topics.up("cam-stays", "birth"), encode(Birth(device="cam-stays")), wait_s=60)


def test_its_tokens_made_before_enrol_nobody(city: City) -> None:
    unused = token_for(city, "cam-tokens")
    used = token_for(city, "cam-tokens")
    _, csr = key_and_request("cam-tokens")
    assert answer(city, used, "cam-tokens", csr).status_code == 200
    assert answer(city, used, "cam-tokens", csr).status_code == 200, "an answer may get lost"
    city.retire("cam-tokens")
    assert answer(city, used, "cam-tokens", csr).status_code == 401
    assert answer(city, unused, "cam-tokens", csr).status_code == 401


def test_what_it_left_at_the_broker_is_gone(
    city: City, connected: Callable[[str], MqttTransport]
) -> None:
    device = connected("cam-left")
    for channel in ("birth", "telemetry"):
        device.publish(topics.up("cam-left", channel), REMAINS, retain=True, wait_s=60)
    eventually(lambda: REMAINS in kept_by_broker(city))
    city.retire("cam-left")
    eventually(lambda: REMAINS not in kept_by_broker(city))


def kept_by_broker(city: City) -> bytes:
    """What it has on disk, once it was told to save."""
    folder = city.server.data / "broker"
    process = running_mosquitto(folder / "mosquitto.conf")
    assert process is not None
    process.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    return (folder / "data" / "mosquitto.db").read_bytes()


def test_a_certificate_that_was_issued_before_they_were_recorded_may_do_nothing(
    city: City, connected: Callable[[str], MqttTransport]
) -> None:
    device = connected("cam-old")
    files = Authority(city.server.data / "pki").passing_files("cam-old", city.folder)
    city.retire("cam-old")
    eventually(lambda: not device.connected)
    old = MqttTransport(
        "127.0.0.1",
        city.server.facts["broker_port"],
        "cam-old",
        TlsFiles(files.ca, files.cert, files.key),
    )
    old.connect()
    with pytest.raises(TransportError):
        old.publish(topics.up("cam-old", "event"), b"{}", wait_s=60)
    old.close()
