"""Canaries cover every class of hardware, and waves grow as planned."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.rollouts.rollout import (
    RolloutPlan,
    Target,
    WaveKind,
    WaveOrder,
)
from lamplighter_controller.domain.rollouts.waves import in_waves


def fleet(count: int, classes: int = 3, sites: int = 4) -> list[Target]:
    return [
        Target(device=f"cam-{i:03}", site=f"site-{i % sites}", hardware=f"class-{i % classes}")
        for i in range(count)
    ]


def sizes(plan: RolloutPlan, count: int) -> list[int]:
    counted = Counter(target.wave for target in in_waves(plan, fleet(count)))
    return [counted[wave] for wave in range(max(counted) + 1)]


@pytest.mark.parametrize(
    ("kind", "first", "expected"),
    [
        (WaveKind.FIXED, 10.0, [3, 10, 10, 10, 7]),
        (WaveKind.PERCENT, 50.0, [3, 20, 17]),
        (WaveKind.EXPONENTIAL, 5.0, [3, 5, 10, 20, 2]),
    ],
)
def test_sizes_of_waves(kind: WaveKind, first: float, expected: list[int]) -> None:
    plan = RolloutPlan(target="m", group="g", waves=kind, first=first)
    assert sizes(plan, 40) == expected


def test_canaries_are_of_every_class_and_of_several_sites() -> None:
    plan = RolloutPlan(target="m", group="g", canaries_per_class=2)
    canaries = [target for target in in_waves(plan, fleet(24)) if target.wave == 0]
    assert Counter(c.hardware for c in canaries) == {f"class-{i}": 2 for i in range(3)}
    assert len({c.site for c in canaries}) > 1


def test_sites_take_turns_within_a_wave() -> None:
    plan = RolloutPlan(target="m", group="g", waves=WaveKind.FIXED, first=4.0)
    first = [target for target in in_waves(plan, fleet(40, classes=1)) if target.wave == 1]
    assert len({target.site for target in first}) == 4


def test_one_site_after_the_other() -> None:
    plan = RolloutPlan(target="m", group="g", order=WaveOrder.SITES, canaries_per_class=0)
    sites = [target.site for target in in_waves(plan, fleet(40))]
    assert sites == sorted(sites)


def test_who_has_the_lower_number_comes_sooner_and_who_has_none_last() -> None:
    ranks = {"cam-1": "10", "cam-2": "9", "cam-3": "", "cam-4": "hospital", "cam-5": "9"}
    devices = [
        Target(device=name, site="s", hardware="a", rank=rank) for name, rank in ranks.items()
    ]
    plan = RolloutPlan(target="m", group="g", order=WaveOrder.LABEL, canaries_per_class=0)
    placed = [target.device for target in in_waves(plan, devices)]
    assert placed == ["cam-2", "cam-5", "cam-1", "cam-4", "cam-3"]


@given(st.integers(0, 60), st.sampled_from(WaveKind), st.floats(0.1, 100.0), st.integers(0, 3))
def test_everybody_is_in_one_wave(count: int, kind: WaveKind, first: float, canaries: int) -> None:
    plan = RolloutPlan(target="m", group="g", waves=kind, first=first, canaries_per_class=canaries)
    placed = in_waves(plan, fleet(count))
    assert sorted(t.device for t in placed) == [t.device for t in fleet(count)]
    assert in_waves(plan, list(reversed(fleet(count)))) == placed, "whatever the order"


def test_a_canary_stands_for_each_regime_that_none_of_the_others_sees() -> None:
    devices = [
        msgspec.structs.replace(target, regime="night-dry-free" if i > 20 else "day-dry-free")
        for i, target in enumerate(fleet(24))
    ]
    plan = RolloutPlan(target="m", group="g")
    canaries = [target for target in in_waves(plan, devices) if target.wave == 0]
    assert [c.regime for c in canaries] == ["day-dry-free"] * 3 + ["night-dry-free"]
    none = msgspec.structs.replace(plan, canaries_per_class=0)
    assert not [target for target in in_waves(none, devices) if target.wave == 0]


def test_a_canary_is_online_where_one_of_its_class_is() -> None:
    away = [Target(device=f"cam-{n}", hardware="a", was_online=False) for n in range(3)]
    there = Target(device="cam-9", hardware="a")
    placed = in_waves(RolloutPlan(group="g", target="m"), [*away, there])
    assert [one.device for one in placed if one.wave == 0] == ["cam-9"]
    none = in_waves(RolloutPlan(group="g", target="m"), away)
    assert [one.device for one in none if one.wave == 0] == ["cam-0"]
