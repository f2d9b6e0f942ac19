"""How canaries changed beside the control group, with an interval."""

import random

import pytest
from lamplighter_controller.domain.rollouts.canary_figures import canary_figures, median_interval
from lamplighter_controller.domain.rollouts.gates import GateState, Look, Tolerances, Watch


def watch(past_ms: float, *since_ms: float) -> Watch:
    return Watch("cam", [Look(latency=past_ms)] * 3, [Look(latency=value) for value in since_ms])


def test_a_change_has_its_median_and_its_interval() -> None:
    canaries = [watch(20.0, 24.0, 25.0, 26.0), watch(10.0, 12.0, 13.0, 12.5)]
    (found,) = canary_figures(canaries, [watch(20.0, 22.0)], Tolerances())
    assert (found.name, found.is_share, found.tolerance) == ("latency", True, 0.2)
    assert found.canaries is not None
    assert found.control is not None
    assert found.canaries.median == pytest.approx(0.25)
    assert (found.canaries.low, found.canaries.high) == (pytest.approx(0.2), pytest.approx(0.3))
    assert found.canaries.looks == 6
    assert found.control.median == pytest.approx(0.1)
    assert found.control.low is None, "of one look there is no interval"
    assert found.state in GateState


def test_what_no_canary_told_before_is_left_out() -> None:
    assert canary_figures([], [], Tolerances()) == []
    told = [Watch("cam", [], [Look(latency=9.0)])]
    assert canary_figures(told, [], Tolerances()) == []


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    source, held, rounds = random.Random(5), 0, 400
    for _ in range(rounds):
        values = sorted(source.gauss(3.0, 1.0) for _ in range(15))
        low, high = median_interval(values) or (0.0, 0.0)
        held += low <= 3.0 <= high
    assert held / rounds >= 0.93
    assert median_interval([1.0] * 5) is None
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == (1.0, 6.0)
