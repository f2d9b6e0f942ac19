"""The gate finds harm soon, and seldom where there is none."""

import random
from collections.abc import Iterable

import pytest
from lamplighter_controller.domain.rollouts.gates import (
    GateState,
    Look,
    Tolerances,
    Watch,
    judge,
    looks,
    sequential_test,
)

TOLERANCES = Tolerances()


def watch(past: Iterable[float], since: Iterable[float], device: str = "cam-1") -> Watch:
    return Watch(device, [Look(latency=x) for x in past], [Look(latency=x) for x in since])


def test_what_is_clearly_worse_or_clearly_not() -> None:
    worse = judge([watch([20.0] * 5, [40.0] * 6)], [], TOLERANCES)
    assert worse.state is GateState.HARM
    assert worse.reasons == ("latency: worse than before and than the control group",)
    assert judge([watch([20.0] * 5, [21.0] * 5)], [], TOLERANCES).state is GateState.NO_HARM
    assert judge([watch([20.0] * 5, [40.0] * 3)], [], TOLERANCES).state is GateState.UNDECIDED


def test_what_changed_for_all_is_no_harm() -> None:
    control = [watch([20.0] * 5, [40.0] * 6, "cam-2")]
    assert judge([watch([20.0] * 5, [40.0] * 6)], control, TOLERANCES).state is GateState.NO_HARM


def test_canaries_add_up() -> None:
    one = watch([20.0] * 5, [40.0] * 4)
    other = watch([60.0] * 5, [120.0] * 4, "cam-2")
    assert judge([one], [], TOLERANCES).state is GateState.UNDECIDED
    assert judge([one, other], [], TOLERANCES).state is GateState.HARM


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_harm_to_one_class_is_not_outweighed_by_the_others(classes: int) -> None:
    well = [watch([20.0] * 5, [20.0] * 20, f"cam-{n}") for n in range(1, classes)]
    harmed = watch([20.0] * 5, [60.0] * 20, "cam-0")
    assert judge([harmed, *well], [], TOLERANCES).state is GateState.HARM
    early = watch([20.0] * 5, [60.0], "cam-0")
    assert judge([early, *well], [], TOLERANCES).state is GateState.UNDECIDED
    assert judge(well, [], TOLERANCES).state is GateState.NO_HARM


def test_harm_that_comes_late_is_found() -> None:
    late = watch([20.0] * 5, [20.0] * 30 + [80.0] * 12)
    assert judge([late], [], TOLERANCES).state is GateState.HARM
    once = watch([20.0] * 5, [20.0] * 30 + [80.0])
    assert judge([once], [], TOLERANCES).state is GateState.NO_HARM


def test_a_canary_that_tells_a_figure_too_seldom_is_judged_with_the_others() -> None:
    known = Look(latency=20.0, track_breaks=1.0)
    often, seldom = Watch("a", [known] * 5, [known] * 25), Watch("b", [known] * 5, [])
    only_latency = Watch("b", [known] * 5, [Look(latency=20.0)] * 25)
    assert judge([often, seldom], [], TOLERANCES).state is GateState.UNDECIDED
    assert judge([often, only_latency], [], TOLERANCES).state is GateState.NO_HARM


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("energy", 100.0, 150.0),
        ("dropped", 0.01, 0.05),
        ("agreement", 0.1, 0.2),
        ("track_breaks", 0.0, 9.0),
        ("imbalance", 0.02, 0.3),
    ],
)
def test_each_figure_by_itself_shows_harm(name: str, before: float, after: float) -> None:
    past = [Look(**{"latency": 20.0, name: before})] * 4
    since = [Look(**{"latency": 20.0, name: after})] * 8
    verdict = judge([Watch("cam-1", past, since)], [], TOLERANCES)
    assert verdict.state is GateState.HARM
    assert f"{name}: worse" in "; ".join(verdict.reasons)


def test_without_a_past_there_is_nothing_to_find() -> None:
    assert judge([watch([], [40.0] * 9)], [], TOLERANCES).state is GateState.NO_HARM


def test_windows_are_looked_at_in_blocks() -> None:
    windows = [Look(latency=x) for x in (1.0, 9.0, 2.0, 5.0, 5.0, 5.0, 7.0)]
    assert [look.latency for look in looks(windows)] == [2.0, 5.0]


def _share(state: GateState, strike_share: float, rounds: int = 2000) -> float:
    source = random.Random(1)
    found = [
        sequential_test(source.random() < strike_share for _ in range(200)) for _ in range(rounds)
    ]
    return found.count(state) / rounds


def test_false_alarms_and_overlooked_harm_are_as_seldom_as_stated() -> None:
    assert _share(GateState.HARM, strike_share=0.2) <= 0.01 / 4
    assert _share(GateState.NO_HARM, strike_share=0.6) <= 0.05
