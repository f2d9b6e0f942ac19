"""The controller's clock is wrong: no device is stranded, and its certificates are accepted."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.mosquitto import Mosquitto, free_port
from lamplighter_controller.pki import authority as pki
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import ExpiredError
from lamplighter_wire.messages import Birth, Envelope, Reported
from lamplighter_wire.signing import open_desired
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from tests.simulators.controller_rig import Device, Rig, spec

DAY_S = 86_400.0
NOW = 1_790_000_000.0
OFFERS = [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)]


def clock_wrong_by(days: float) -> type[datetime]:
    """A `datetime` whose now is another."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=days)

    return Wrong


@pytest.mark.broker
@pytest.mark.parametrize("days", [-40, -20, 20, 40, 800])
def test_what_a_wrong_clock_has_certified_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    """Authority, broker and devices of a first start; then the clock is right."""
    with monkeypatch.context() as wrong:
        wrong.setattr(pki, "datetime", clock_wrong_by(days))
        authority = Authority(tmp_path / "pki")
        authority.server_files(["localhost", "127.0.0.1"])
        files = authority.passing_files("cam-a", tmp_path)
    authority = Authority(tmp_path / "pki")
    rules = AccessRules(revoked=authority.revocation_list([]))
    server = authority.server_files(["localhost", "127.0.0.1"])
    broker = Mosquitto(tmp_path / "broker", server, rules, "127.0.0.1", free_port())
    broker.start()
    tls = TlsFiles(files.ca, files.cert, files.key)
    device = MqttTransport("127.0.0.1", broker.port, "cam-a", tls)
    try:
        device.connect()
        device.publish(topics.up("cam-a", "birth"), encode(Birth(device="cam-a")), wait_s=60)
    finally:
        device.close()
        broker.close()


@pytest.fixture(params=[20.0, 40.0])
def behind(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A controller whose clock is so many days behind."""
    rig = Rig(tmp_path, OFFERS, clock=ManualClock(NOW - request.param * DAY_S))
    yield rig
    rig.close()


def last_order(rig: Rig, device: Device, now: float) -> int:
    """Revision of the last order, as a device with this clock believes it."""
    rig.outbound.flush()
    topic = topics.down(device.name, "desired")
    sent = [payload for to, payload in rig.broker.log if to == topic and payload]
    return open_desired(decode(sent[-1], Envelope), rig.keys, device.name, now).revision


def test_orders_of_a_clock_that_is_behind_are_believed(behind: Rig) -> None:
    device = behind.device()
    device.say("birth", Birth(device="cam-1", epoch=1, at=NOW))
    device.introduce()
    assert last_order(behind, device, NOW + DAY_S) == 1


def test_an_order_that_has_expired_by_the_devices_clock_is_renewed_by_it(behind: Rig) -> None:
    device = behind.device()
    device.introduce()
    with pytest.raises(ExpiredError):
        last_order(behind, device, NOW)
    refusal = Reported(device="cam-1", reason="EXPIRED", refused_revision=1, at=NOW)
    device.say("reported", refusal)
    assert last_order(behind, device, NOW + DAY_S) == 2
