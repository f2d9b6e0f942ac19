"""Latencies from turns."""

import pytest
from lamplighter_demo.benchmarks.envelopes.measuring import Turn, latencies


def test_what_slows_one_point_by_chance_is_shared_by_all() -> None:
    calm = [Turn(latencies_ms=[20.0, 20.0], cpu_ms=20.0) for _ in range(4)]
    disturbed = [Turn(latencies_ms=[40.0], cpu_ms=10.0) for _ in range(4)]
    measured = latencies({"a": calm, "b": disturbed}, threads=1)
    assert measured["a"].latency_p50_ms == measured["b"].latency_p50_ms
    assert measured["a"].latency_p50_ms == pytest.approx(10.0 * 80.0 / 30.0)
    assert measured["a"].wall_p50_ms == 20.0
    assert measured["a"].cpu_ms == 10.0


def test_several_threads_are_timed_by_the_clock() -> None:
    turns = {"a": [Turn(latencies_ms=[7.0, 9.0], cpu_ms=30.0)]}
    assert latencies(turns, threads=2)["a"].latency_p50_ms == pytest.approx(8.0)


def test_a_point_that_ended_its_process_spoils_no_other() -> None:
    turns = {
        "a": [Turn(latencies_ms=[20.0], cpu_ms=10.0)] * 3,
        "died": [Turn(latencies_ms=[500.0], cpu_ms=10.0)],
    }
    assert latencies(turns, threads=1)["a"].latency_p50_ms == pytest.approx(20.0)
