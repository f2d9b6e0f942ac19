"""Two cameras on one device: kept apart, asked for together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lamplighter_controller.api.answers import device_document
from lamplighter_wire.messages import Event, OperatingPoint, Regime, Request, Shift, Workload

from tests.simulators.controller_rig import Device, Rig, spec
from tests.simulators.device_messages import telemetry

POINT = OperatingPoint(variant="full-fp32", width=384, height=288, threads=1)
NIGHT = Regime(light="night")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.8, 400.0)])
    yield made
    made.close()


@pytest.fixture
def gateway(rig: Rig) -> Device:
    device = rig.device("cam-1", streams=["north", "south"])
    device.introduce()
    return device


def send(device: Device, stream: str, seq: int, fps: float, **figures: Any) -> None:
    window = telemetry(device.rig, POINT, 30.0, seq)
    changes = {"stream": stream, "fps_demand": fps, **figures}
    device.say("telemetry", msgspec.structs.replace(window, **changes))


def test_before_any_street_was_seen_each_is_taken_for_the_usual_one(
    rig: Rig, gateway: Device
) -> None:
    decision = rig.services.decisions.plan(gateway.name)
    assert decision is not None
    assert decision.plan.fps_demand == 2 * Workload().fps_demand


def test_streams_are_kept_apart_and_their_demands_add_up(rig: Rig, gateway: Device) -> None:
    send(gateway, "north", 1, 4.0, counts={"gate/in": {"car": 2}})
    send(gateway, "south", 2, 3.0, regime=NIGHT)
    record = rig.store.device("cam-1")
    assert record.workload == Workload(fps_demand=7.0), "the regime of most frames"
    windows = {name: stream.window for name, stream in record.streams.items()}
    assert {name: w.seq for name, w in windows.items() if w} == {"north": 1, "south": 2}
    shown = device_document(rig.services, record)
    assert [(s.stream, s.telemetry and s.telemetry.seq) for s in shown.streams] == [
        ("north", 1),
        ("south", 2),
    ]
    assert shown.telemetry is not None and shown.telemetry.fps_demand == 7.0
    assert shown.telemetry.counts == {"north/gate/in": {"car": 2}}
    assert [w.seq for w in rig.store.telemetry("cam-1")] == [1, 2]
    assert [w.seq for w in rig.store.telemetry("cam-1", stream="south")] == [2]
    decision = rig.services.decisions.plan("cam-1")
    assert decision is not None and decision.plan.fps_demand == 7.0
    assert "7.0 frames/s demanded by 2 streams" in decision.plan.reasons[0]


def test_a_window_is_older_than_those_of_its_own_stream_only(rig: Rig, gateway: Device) -> None:
    send(gateway, "south", 5, 3.0)
    send(gateway, "north", 4, 4.0)
    send(gateway, "south", 3, 9.0)
    streams = rig.store.device("cam-1").streams
    newest = {name: s.window.seq for name, s in streams.items() if s.window}
    assert newest == {"north": 4, "south": 5}
    assert rig.store.device("cam-1").workload == Workload(fps_demand=7.0)


def test_each_window_teaches_once(rig: Rig, gateway: Device) -> None:
    send(gateway, "north", 1, 4.0)
    send(gateway, "south", 2, 3.0)
    send(gateway, "south", 2, 3.0)
    assert len(rig.services.learning.experience.of("cam-1")) == 2


def test_the_shift_of_one_stream_leaves_the_others_as_they_are(rig: Rig, gateway: Device) -> None:
    send(gateway, "north", 1, 4.0)
    send(gateway, "south", 2, 3.0)
    now = rig.clock.time() + 6.0  # after the end of all windows
    shift = Shift(stream="south", after=Workload(regime=NIGHT, fps_demand=6.0), at=now)
    asked = Request(device="cam-1", stream="south", seq=9, at=now, kind="recompress", shift=shift)
    gateway.say("request", asked)
    assert rig.store.device("cam-1").workload == Workload(regime=NIGHT, fps_demand=10.0)
    assert rig.store.device_state("cam-1").waiting.startswith("shift of south ")
    # Windows that the request has overtaken: news of the one street, and none of the other.
    send(gateway, "north", 7, 5.0)
    send(gateway, "south", 8, 1.0)
    assert rig.store.device("cam-1").workload == Workload(regime=NIGHT, fps_demand=11.0)


def test_a_camera_that_is_taken_away_asks_for_nothing(rig: Rig, gateway: Device) -> None:
    send(gateway, "north", 1, 4.0)
    send(gateway, "south", 2, 3.0)
    capabilities = msgspec.structs.replace(gateway.capabilities, streams=["south", "west"])
    gateway.say("capabilities", capabilities)
    record = rig.store.device("cam-1")
    assert record.workload == Workload(fps_demand=3.0)
    send(gateway, "north", 3, 4.0)  # had waited for the link
    record = rig.store.device("cam-1")
    assert list(record.streams) == ["south", "west"]
    assert record.workload == Workload(fps_demand=3.0)
    assert [w.seq for w in rig.store.telemetry("cam-1", stream="north")] == [1, 3]


def test_a_device_with_one_camera_that_gets_a_second(rig: Rig) -> None:
    device = rig.device("cam-1")
    device.introduce()
    send(device, "", 1, 4.0)
    assert rig.store.device("cam-1").streams == {}
    capabilities = msgspec.structs.replace(device.capabilities, streams=["", "north"])
    device.say("capabilities", capabilities)
    send(device, "north", 2, 3.0)
    assert rig.store.device("cam-1").workload == Workload(fps_demand=7.0)
    device.say("capabilities", device.capabilities)
    record = rig.store.device("cam-1")
    assert (record.streams, record.workload) == ({}, Workload(fps_demand=4.0))


def test_an_event_names_its_stream(rig: Rig, gateway: Device) -> None:
    gateway.say("event", Event(device="cam-1", stream="north", seq=1, kind="source_lost"))
    (event,) = [e for e in rig.store.events("cam-1") if e.kind == "source_lost"]
    assert event.data == {"stream": "north"}


def test_a_latency_limit_is_shared_by_the_streams(rig: Rig, gateway: Device) -> None:
    """One run takes about 60 ms: alone it keeps 100 ms, behind another it would not."""
    plans = []
    for streams in ([], ["north", "south"]):
        capabilities = msgspec.structs.replace(gateway.capabilities, streams=streams)
        gateway.say("capabilities", capabilities)
        rig.store.update_device("cam-1", objective={"latency_p95_ms": 100.0})
        decision = rig.services.decisions.plan("cam-1")
        assert decision is not None
        assert decision.plan.limits.latency_p95_ms == 100.0, "the device is told the limit itself"
        chosen = decision.plan.primary
        plans.append(chosen.predicted.latency_p95_ms if chosen else 0.0)
    assert 50.0 < plans[0] <= 100.0
    assert plans[1] <= 50.0


def test_the_rate_that_a_camera_was_measured_at_bounds_plans_and_is_no_change_of_the_device(
    rig: Rig,
) -> None:
    device = rig.device("cam-1")
    device.introduce()
    unknown = msgspec.structs.replace(device.capabilities, camera_fps=0.0)
    device.say("capabilities", unknown)
    send(device, "", 1, 13.6)
    measured = msgspec.structs.replace(device.capabilities, camera_fps=5.0, camera_width=768)
    device.say("capabilities", measured)
    decision = rig.services.decisions.plan("cam-1")
    assert decision is not None
    assert decision.plan.fps_demand == 5.0
    kinds = {event.kind for event in rig.store.events(device="cam-1", limit=100)}
    assert "capabilities" not in kinds
    device.say("capabilities", msgspec.structs.replace(measured, cores=16))
    assert "capabilities" in {event.kind for event in rig.store.events(device="cam-1", limit=100)}
