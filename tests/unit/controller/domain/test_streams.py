"""A device with several streams, seen as one."""

import msgspec
import pytest
from lamplighter_controller.domain.streams import (
    StreamState,
    device_window,
    stream_ids,
    workload_of,
)
from lamplighter_wire.messages import Capabilities, OperatingPoint, Regime, Telemetry, Workload

NORTH = Telemetry(
    device="box",
    stream="north",
    seq=7,
    frames=30,
    dropped=1,
    fps_demand=4.0,
    fps_served=3.0,
    latency_p95_ms=20.0,
    response_p95_ms=25.0,
    energy_mj_per_frame=100.0,
    power_w=4.0,
    regime=Regime(light="night"),
    counts={"gate/in": {"car": 3}},
    watched_s=10.0,
)
SOUTH = msgspec.structs.replace(
    NORTH,
    stream="south",
    seq=8,
    frames=10,
    fps_demand=1.0,
    energy_mj_per_frame=200.0,
    power_w=4.2,
    response_p95_ms=40.0,
    regime=Regime(),
    source_state="lost",
    serving=OperatingPoint(variant="v"),
    counts={"gate/in": {"car": 1}},
    watched_s=4.0,
    lost_s=6.0,
)


def test_the_windows_of_all_streams_make_one() -> None:
    one = device_window({w.stream: StreamState(window=w) for w in (NORTH, SOUTH)})
    assert one is not None
    assert (one.stream, one.seq, one.serving.variant) == ("", 8, "v")
    assert (one.frames, one.dropped, one.fps_demand, one.fps_served) == (40, 2, 5.0, 6.0)
    assert (one.power_w, one.response_p95_ms) == (4.2, 40.0), "drawn once, and by the slowest"
    assert one.energy_mj_per_frame == pytest.approx(125.0)
    assert (str(one.regime), one.source_state) == ("night-dry-free", "lost")
    assert (one.watched_s, one.lost_s) == (4.0, 6.0), "of the camera that saw least"
    assert one.counts == {"north/gate/in": {"car": 3}, "south/gate/in": {"car": 1}}


def test_a_single_stream_is_its_window() -> None:
    assert device_window({"": StreamState(window=NORTH), "new": StreamState()}) is NORTH
    assert device_window({"": StreamState()}) is None


def test_a_stream_that_has_shown_no_street_asks_for_nothing() -> None:
    asked = Workload(fps_demand=3.0)
    assert workload_of({"a": StreamState(workload=asked), "b": StreamState()}) == asked
    assert workload_of({"b": StreamState()}) is None


def test_a_device_that_names_no_stream_has_one() -> None:
    assert stream_ids(None) == stream_ids(Capabilities()) == [""]
    assert stream_ids(Capabilities(streams=["b", "a", "b"])) == ["b", "a"]
