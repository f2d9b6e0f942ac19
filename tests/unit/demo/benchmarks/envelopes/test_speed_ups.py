"""What choosing for each device gains."""

import pytest
from lamplighter_demo.benchmarks.envelopes.speed_ups import (
    REFERENCE,
    SpeedRow,
    best_single,
    geometric_mean,
    slower_than_fp32,
    speed_ups,
)

from tests.simulators.measured_devices import measured_device, measurements, network
from tests.simulators.planning import make_probe

INT8 = "onnxruntime int8"


def test_each_device_gets_what_is_fast_there() -> None:
    specs = network("net")
    fast = measured_device(specs, name="fast")
    no_gain = measured_device(specs, name="no-gain", probe=make_probe(fp32=0.05, int8=0.06))
    rows = speed_ups(measurements(specs, [fast, no_gain]))
    chosen = {row.device: row.chosen for row in rows}
    assert chosen == {"fast": INT8, "no-gain": REFERENCE}
    assert {row.speed_up(REFERENCE) for row in rows if row.device == "no-gain"} == {1.0}
    assert slower_than_fp32(rows) == []


def _row(**latency_ms: float) -> SpeedRow:
    by_way = {name.replace("_", " "): value for name, value in latency_ms.items()}
    chosen = min(by_way, key=lambda way: by_way[way])
    return SpeedRow(device="d", network="n", known="", chosen=chosen, latency_ms=by_way)


def test_one_recipe_for_all_must_run_everywhere_or_counts_as_fp32_where_it_does_not() -> None:
    rows = [
        _row(onnxruntime_fp32=40.0, onnxruntime_int8=20.0, litert_int8=5.0),
        _row(onnxruntime_fp32=40.0, onnxruntime_int8=50.0),
    ]
    assert best_single(rows, everywhere=True) == INT8
    assert best_single(rows, everywhere=False) == "litert int8"
    assert rows[1].speed_up("litert int8") == 1.0
    assert rows[1].speed_up(INT8) == 1.25


def test_ratios_are_averaged_as_ratios() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
