"""The replay's input: what was measured, and what the agent takes beside its network."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_client.documents import Device, Plan, PlanEntry
from lamplighter_demo.city.running import City
from lamplighter_demo.comparison.device_table import device_table
from lamplighter_demo.comparison.measure_point import Cost
from lamplighter_demo.comparison.models import FIXED_INT8, Model
from lamplighter_demo.comparison.policy_replay import DeviceTable
from lamplighter_demo.report.collecting import DeviceHistory
from lamplighter_wire.messages import Limits, OperatingPoint, Regime, Rung, Telemetry

from tests.simulators.demo_city import DEVICE, STARTED_AT, demo_city

KEY, LARGE_KEY = "int8-full@384x288", "int8-full@512x384"
POINT = OperatingPoint(variant="int8-full", width=384, height=288, fps=6.0)
MODEL = Model(
    variant="int8-full",
    recipe=FIXED_INT8,
    precision="int8",
    runtime="onnxruntime",
    path=Path("model.onnx"),
    expected_ap50={"384x288": {"day-dry-free": 0.8}, "512x384": {"day-dry-free": 0.9}},
    sizes=((384, 288), (512, 384)),
)
COSTS = {
    KEY: Cost(latency_p50_ms=20.0, latency_p95_ms=24.0, cpu_s=0.02),
    LARGE_KEY: Cost(latency_p50_ms=40.0, latency_p95_ms=44.0, cpu_s=0.04),
}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = demo_city(tmp_path)
    yield made
    made.api.close()
    made.agents[DEVICE.id].realised.close()


def window(at: float, latency_ms: float, point: OperatingPoint = POINT) -> Telemetry:
    return Telemetry(
        start=STARTED_AT + at,
        seconds=5.0,
        serving=point,
        regime=Regime(density="jam"),
        frames=25,
        fps_demand=5.0,
        latency_p50_ms=latency_ms,
        latency_p95_ms=1.5 * latency_ms,
        energy_mj_per_frame=85.0,
    )


def table(city: City, windows: list[Telemetry], for_counts: bool = False) -> DeviceTable:
    ladder = [Rung(point=POINT), Rung(point=OperatingPoint(variant="gone"))]
    plan = PlanEntry(document=Plan(ladder=ladder, limits=Limits(power_w=2.0)))
    history = DeviceHistory(Device(), [plan], [], windows, [])
    scores = {KEY: {"night": 0.7}}
    return device_table(city.agents[DEVICE.id], city, history, [MODEL], COSTS, scores, for_counts)


def test_the_agents_own_work_is_added_to_each_point(city: City) -> None:
    windows = [window(at, latency_ms) for at, latency_ms in ((41, 25.0), (46, 23.0), (51, 90.0))]
    (point,) = table(city, windows).points
    assert point.key == KEY, "the other has no score"
    assert (point.latency_p50_ms, point.latency_p95_ms) == (25.0, 37.5), "tails are of the day, too"
    assert point.energy_mj_per_frame == pytest.approx(85.0)
    assert point.expected_ap50 == {"day-dry-free": 0.8}


def test_the_day_is_told_without_the_warm_up(city: City) -> None:
    rows = table(city, [window(2.0, 25.0), window(41.0, 25.0)]).rows
    assert [(row.at, row.regime) for row in rows] == [(STARTED_AT + 41, "day-dry-jam")]


def test_what_is_asked_for_is_counted_in_a_window_and_not_told_at_its_end(city: City) -> None:
    jump = msgspec.structs.replace(window(41.0, 25.0), fps_demand=8.0, frames=15, dropped=4)
    rested = msgspec.structs.replace(window(46.0, 25.0), fps_demand=3.0, frames=10, rested=10)
    rows = table(city, [jump, rested]).rows
    assert [row.fps_demand for row in rows] == [3.8, 4.0]


def test_what_a_bound_leaves_out_is_asked_for_as_well(city: City) -> None:
    bound = msgspec.structs.replace(POINT, fps=4.0)
    before, held = window(41.0, 25.0), window(46.0, 25.0, bound)
    rows = table(city, [before, msgspec.structs.replace(held, frames=20, fps_demand=8.0)]).rows
    assert [row.fps_demand for row in rows] == [5.0, 6.5]


def test_what_did_not_serve_is_bounded_as_plans_for_counts_were(city: City) -> None:
    slower = msgspec.structs.replace(POINT, fps=4.0)
    windows = [window(41.0, 25.0), window(46.0, 25.0, slower)]
    assert [point.fps_cap for point in table(city, windows).points] == [0.0]
    assert [point.fps_cap for point in table(city, windows, for_counts=True).points] == [6.0]
    unbound = window(51.0, 25.0, msgspec.structs.replace(POINT, fps=0.0))
    free = table(city, [*windows, unbound], for_counts=True).points
    assert [point.fps_cap for point in free] == [0.0], "nor were plans bound throughout"


def test_only_changes_of_what_served_are_told(city: City) -> None:
    other = OperatingPoint(variant="int8-full", width=512, height=384)
    windows = [window(41, 25.0), window(46, 25.0), window(51, 25.0, other), window(56, 25.0)]
    served = table(city, windows).adaptive
    assert [(point.at - STARTED_AT, point.key, point.fps_cap) for point in served] == [
        (41, KEY, 6.0),
        (56, KEY, 6.0),
    ]


def test_ladder_limits_and_fixed_points_are_those_that_were_measured(city: City) -> None:
    told = table(city, [window(41, 25.0)])
    assert told.ladder == (KEY,)
    assert told.limits.power_w == 2.0
    assert (told.fp32_key, told.int8_key) == ("", KEY)
