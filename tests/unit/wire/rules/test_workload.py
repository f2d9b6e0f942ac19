"""What several streams ask of one device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.messages import Limits, Regime, Workload
from lamplighter_wire.rules.limits import work_limits
from lamplighter_wire.rules.workload import total_workload

DAY, NIGHT = Regime(), Regime(light="night")
demands = st.floats(0.1, 50.0)
workloads = st.builds(Workload, regime=st.sampled_from([DAY, NIGHT]), fps_demand=demands)


@given(workloads)
def test_a_single_stream_asks_for_what_it_asks_for(workload: Workload) -> None:
    assert total_workload([workload]) == workload


@given(st.lists(workloads, min_size=1, max_size=5), st.randoms())
def test_demands_add_up_whatever_the_order(given: list[Workload], random) -> None:  # type: ignore[no-untyped-def]
    total = total_workload(given)
    assert total.fps_demand == pytest.approx(sum(w.fps_demand for w in given))
    shuffled = random.sample(given, len(given))
    again = total_workload(shuffled)
    assert again.fps_demand == pytest.approx(total.fps_demand)


def test_the_regime_is_that_of_most_frames_and_not_of_most_streams() -> None:
    tunnel = [Workload(regime=NIGHT, fps_demand=2.0)] * 2
    assert total_workload([*tunnel, Workload(regime=DAY, fps_demand=5.0)]).regime == DAY
    assert total_workload([*tunnel, Workload(regime=DAY, fps_demand=3.0)]).regime == NIGHT
    assert total_workload([]) == Workload()


def test_a_frame_may_wait_for_one_run_of_every_other_stream() -> None:
    limits = Limits(latency_p95_ms=90.0, power_w=5.0)
    assert work_limits(limits, 1) == limits
    assert work_limits(limits, 3) == Limits(latency_p95_ms=30.0, power_w=5.0)
