"""One device says as much as it can: others are heard in time, and operators are answered."""

import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_agent.link.identity import load_identity
from lamplighter_client import endpoints
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Event, Telemetry
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.transport.mqtt import MqttTransport

from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
FLOOD = 6000
HONEST = 20
# Handling all of the flood takes many times as long.
PROMPT_S = 20.0


def flood(state: Path, count: int) -> None:
    """In a process of its own: events and windows, as fast as they are acknowledged."""
    identity = load_identity(state)
    name, tls = identity.device, identity.tls
    transport = MqttTransport(identity.broker_host, identity.broker_port, name, tls)
    transport.connect()
    for n in range(1, count + 1):
        event = Event(device=name, seq=n, at=float(n), kind="flood")
        transport.publish(topics.up(name, "event"), encode(event))
        window = Telemetry(device=name, seq=n, start=float(n), seconds=1.0)
        last = transport.publish(topics.up(name, "telemetry"), encode(window))
    last.wait(60.0)
    transport.close()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(tmp_path / "controller", SigningKey.generate())
    with made.running():
        yield made


def enrolled(control: RunningController, folder: Path, name: str) -> TalkingDevice:
    return TalkingDevice(control.url, control.new_token(name), folder / name, name)


def seconds_until(true: Any, what: str) -> float:
    began = time.monotonic()
    eventually(true, what, 60.0)
    return time.monotonic() - began


def test_a_flood_delays_neither_another_device_nor_an_operator(
    control: RunningController, tmp_path: Path
) -> None:
    loud, honest = (enrolled(control, tmp_path, name) for name in ("loud", "honest"))
    loud.close()
    store = control.services.store
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=flood, args=(tmp_path / "loud", FLOOD), daemon=True)
    process.start()
    depth = control.services.queue.depths
    eventually(lambda: depth()["presence"] > 300, "a flood", 30.0)
    honest.notice(HONEST)
    honest.measure(HONEST)

    def heard() -> bool:
        kinds = {event.kind for event in store.events("honest", limit=1000)}
        return kinds >= {f"event-{n}" for n in range(1, HONEST + 1)}

    calls = []
    for _ in range(5):
        began = time.monotonic()
        control.client.send(endpoints.device("honest"))
        calls.append(time.monotonic() - began)
    took_s = seconds_until(heard, "events of the honest one")
    assert depth()["presence"] > 0, "the flood was not over by then"
    took_windows_s = seconds_until(
        lambda: len(store.telemetry("honest", limit=None)) == HONEST, "its windows"
    )
    assert max(took_s, *calls) < PROMPT_S
    assert took_windows_s < 3 * PROMPT_S, "they wait for batches of others"
    process.join(120)
    honest.close()
