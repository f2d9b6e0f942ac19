"""A device says more than its share: little of it is kept, others lose nothing, it is named."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.link.enrolment import enrol
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Birth, Capabilities, Event, Message, Telemetry
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.transport.mqtt import MqttTransport

from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
SAID = 400
PER_HOUR, KEPT = 10.0, 30
AT_ONCE = 80  # eight hours' worth
HONEST = 25


@pytest.fixture
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(
        tmp_path / "controller",
        SigningKey.generate(),
        device_events_per_hour=PER_HOUR,
        device_events_kept=KEPT,
        device_windows_per_s=0.01,
    )
    with made.running():
        yield made


def loud_device(control: RunningController, folder: Path) -> MqttTransport:
    identity = enrol(control.url, control.new_token("loud"), folder, "loud")
    transport = MqttTransport(identity.broker_host, identity.broker_port, "loud", identity.tls)
    transport.connect()
    return transport


def messages(number: int) -> dict[str, Message]:
    at = time.time()
    return {
        "event": Event(device="loud", seq=number, at=at, kind="flood", text="x" * 900),
        "telemetry": Telemetry(device="loud", seq=number, start=at + number, seconds=1.0),
        "birth": Birth(device="loud", epoch=number, at=at),
        "capabilities": Capabilities(device="loud", cores=number),
    }


def test_who_says_more_than_its_share_fills_no_database_and_is_named(
    control: RunningController, tmp_path: Path
) -> None:
    loud = loud_device(control, tmp_path / "loud")
    honest = TalkingDevice(control.url, control.new_token("honest"), tmp_path / "honest", "honest")
    for number in range(1, SAID + 1):
        for channel, message in messages(number).items():
            said = loud.publish(topics.up("loud", channel), encode(message))
        if number % (SAID // HONEST) == 0:
            honest.notice(1)
    said.wait(60.0)
    store = control.services.store
    eventually(lambda: honest.kept == 0, "what the honest one said")
    eventually(lambda: "misconduct" in kinds(control), "a notice")

    kept = [event.kind for event in store.events("loud", limit=10_000)]
    assert kept.count("flood") <= AT_ONCE + 2
    assert kept.count("online") <= 35, "births have a share of their own"
    assert len(store.telemetry("loud", limit=None)) <= 102
    told = next(n.text for n in control.device("loud").attention if n.kind == "misconduct")
    assert "messages of event beyond its share" in told and "lamplighter device retire" in told
    assert "misconduct" not in [n.kind for n in control.device("honest").attention]
    heard = [e.kind for e in store.events("honest", limit=1000) if e.kind.startswith("event-")]
    assert len(heard) == HONEST

    control.services.housekeeper.keep_house()
    left = store.events("loud", limit=10_000)
    assert len(left) == KEPT
    assert left[-1].id == max(event.id for event in left), "the newest stay"
    assert [e.kind for e in store.events("honest", limit=1000)].count("event-1") == 1
    loud.close()
    honest.close()


def kinds(control: RunningController) -> list[str]:
    return [notice.kind for notice in control.device("loud").attention]
