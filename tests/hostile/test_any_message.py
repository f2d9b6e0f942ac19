"""Whatever an enrolled device says, on every channel: nobody else loses anything by it.

Messages are honest ones of which any part is replaced by what devices must not send. The
controller is a process with its own broker; at the end it is started again on what it has kept.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lamplighter_wire import topics
from lamplighter_wire.messages import (
    CHANNEL_TYPES,
    Birth,
    OperatingPoint,
    Probe,
    ProbeEntry,
    Reported,
    Request,
    Shift,
    Status,
    Telemetry,
    Trial,
)
from lamplighter_wire.transport.mqtt import MqttTransport

from tests.hostile.conftest import City
from tests.integration.test_controller_serve import eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
LOUD, HONEST = "loud", "honest"
MESSAGES = 300
WINDOWS = 30

# More of a message than its defaults show.
FULL = {
    "telemetry": Telemetry(
        seq=1, start=1.7e9, seconds=5.0, frames=9, counts={"in": {"car": 1}}, metrics={"f1": 0.5}
    ),
    "probe": Probe(entries=[ProbeEntry(name="dense_fp32", latency_p50_ms=2.0, work_mmac=10.0)]),
    "reported": Reported(trial=Trial(pairs=3), phases=[("FETCHING", 1.0)], resident=["v"]),
    "request": Request(
        seq=1, kind="recompress", trigger="shift", shift=Shift(), served=OperatingPoint()
    ),
}
DEEP: Any = 1
for _ in range(300):
    DEEP = {"a": [DEEP]}
VALUES: list[Any] = [
    *(1e308, -1e308, 1e-320, -1.0, 0, 1e15, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**64, -(2**63)),
    *("", "x\ndata: forged\n\nevent: offline", "\x1b]0;owned\x07\x9b31m", "[/][bold]\\[", "\x00"),
    *("\u202egnp\u2066\u200b", '"} 1\nforged{kind="', "a" * 3000, "../../etc/passwd", "#", "+/#"),
    *(None, True, [], {}, [[]], DEEP, {f"k{n}": n for n in range(900)}, ["x"] * 900),
]
# Lies about what was sent before, and what nobody sends. (Control characters end the connection.)
PROPERTIES = [
    {},
    *({"delivery": text} for text in ("1/1/1", "1/9999/1", "9999999999999999/7/7/again", "0/0/0")),
    *({"delivery": text} for text in ("9" * 5000, "1/2", "-1/1/1", "1/1/9", "\u202e/[/]/1")),
    {"traceparent": "x" * 9000, "schema": "[/bold]", "": ""},
]


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Ways to each part of a document."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, part in inner:
        yield (*way, key)
        yield from _places(part, (*way, key))


def _document(channel: str) -> dict[str, Any]:
    message = FULL.get(channel) or CHANNEL_TYPES[channel]()
    return dict(msgspec.to_builtins(msgspec.structs.replace(message, device=LOUD)))


@st.composite
def hostile(draw: st.DrawFn) -> tuple[str, bytes, dict[str, str]]:
    """A channel, a payload and properties; now and then one that is no message at all."""
    channel = draw(st.sampled_from(topics.UP_CHANNELS))
    if draw(st.integers(0, 9)) == 0:
        return channel, draw(st.binary(max_size=200)), {}
    document = _document(channel)
    places = st.lists(st.sampled_from(list(_places(document))), min_size=1, max_size=4)
    for *way, last in sorted(draw(places), key=len, reverse=True):
        part = document
        for key in way:
            part = part[key]
        part[last] = draw(st.sampled_from(VALUES) | st.floats() | st.text(max_size=40))
    return channel, json.dumps(document).encode(), draw(st.sampled_from(PROPERTIES))


@pytest.fixture(scope="module")
def honest(city: City) -> Iterator[TalkingDevice]:
    url = str(city.api.base_url).removesuffix("/api/v1/")
    token = city.api.post("/tokens", json={"device": HONEST}).json()["token"]
    device = TalkingDevice(url, token, city.folder / HONEST, HONEST)
    yield device
    device.close()


@pytest.fixture(scope="module")
def loud(city: City) -> Iterator[MqttTransport]:
    transport = city.enrol(LOUD)
    transport.connect()
    yield transport
    transport.close()


def say_all(loud: MqttTransport, honest: TalkingDevice) -> None:
    """Hostile messages, and honest ones of another device between them."""
    said = 0

    @settings(
        max_examples=MESSAGES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile())
    def say(message: tuple[str, bytes, dict[str, str]]) -> None:
        nonlocal said
        channel, payload, properties = message
        topic, retain = topics.up(LOUD, channel), said % 3 == 0
        loud.publish(topic, payload, retain=retain, properties=properties)
        said += 1
        if said % (MESSAGES // WINDOWS) == 0:
            honest.measure(1)
            honest.notice(1)

    say()
    end = Birth(device=LOUD, epoch=77, highest_revision=0)
    loud.publish(topics.up(LOUD, "birth"), msgspec.json.encode(end), wait_s=30)
    online = Status(device=LOUD, online=True, epoch=77)
    loud.publish(topics.up(LOUD, "status"), msgspec.json.encode(online), wait_s=30)


def test_nothing_that_a_device_says_harms_another_or_the_controller(
    city: City, loud: MqttTransport, honest: TalkingDevice
) -> None:
    say_all(loud, honest)
    eventually(lambda: honest.kept == 0)
    _nobody_is_harmed(city, honest)
    # It is heard when it is honest again, behind all that it has said.
    eventually(lambda: city.api.get(f"/devices/{LOUD}").json()["online"])
    assert "misconduct" in city.attention(LOUD)
    assert "misconduct" not in city.attention(HONEST)
    _nothing_is_forged(city)
    city.server.stop()
    city.api = city.server.start()
    _nobody_is_harmed(city, honest)
    assert "left at the broker" in notice(city, LOUD)
    text = city.server.log.read_text()
    assert "Traceback" not in text
    assert all(line.isprintable() for line in text.splitlines())
    assert text.count("up/") < 200, "as many lines as a device may cause in a minute or two"


def notice(city: City, device: str) -> str:
    """What an operator is told of a device's conduct."""
    notices = city.api.get(f"/devices/{device}").json()["attention"]
    return next((str(n["text"]) for n in notices if n["kind"] == "misconduct"), "")


def _nobody_is_harmed(city: City, honest: TalkingDevice) -> None:
    windows = city.api.get(f"/devices/{HONEST}/telemetry", params={"limit": 1000}).json()
    assert len(windows) == honest.said["telemetry"]
    events = city.api.get("/events/log", params={"device": HONEST, "limit": 1000}).json()
    kinds = {event["kind"] for event in events}
    assert {f"event-{n + 1}" for n in range(honest.said["event"])} <= kinds
    for path in ("/devices", f"/devices/{LOUD}", "/rollup", "/recompressions", "/jobs"):
        answer = city.api.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert all(map(math.isfinite, _numbers(answer.json())))


def _nothing_is_forged(city: City) -> None:
    log = city.api.get("/events/log", params={"device": LOUD, "limit": 1000}).json()
    assert all(event["kind"].isascii() and event["kind"].isprintable() for event in log)
    assert all(text.isprintable() for event in log for text in (event["text"], event["kind"]))
    samples = [line for line in city.api.get("/metrics").text.splitlines() if line[0] != "#"]
    assert all(line.startswith("lamplighter_") for line in samples)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, int | float):
        yield float(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from _numbers(part)
