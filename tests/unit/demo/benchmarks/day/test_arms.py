"""What each factor makes of the fixed choice, by what was known before the day."""

from dataclasses import replace

import pytest
from lamplighter_demo.benchmarks.day.arms import (
    ARMS,
    FIXED,
    LARGER,
    MOST_FPS,
    PLACE,
    PLANNED,
    RATE,
    REGIME,
    REST,
    RUNTIME,
    SIZES,
    TOGETHER,
    Known,
    Setting,
    candidates,
    settings_of,
)
from lamplighter_demo.benchmarks.day.day_devices import (
    DAY_DEVICES,
    FLOATS,
    FULL,
    HALF,
    RECIPES,
    SITE,
    DayDevice,
    city_of,
)
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT
from lamplighter_wire.street.count_error import CountError

DAY, NIGHT = "day-dry-free", "night-dry-free"
LARGE, SMALL = SIZES
COSTS_MS = {
    (network, way, size): cost * (2.0 if size == LARGE else 1.0) * speed
    for network, cost in ((FULL, 8.0), (HALF, 4.0), (SITE, 4.0))
    for way, speed in ((BASE_RUNTIME, 1.0), (LITERT, 0.7), (FLOATS, 2.5))
    for size in SIZES
}


def rates(at_3: float, at_4: float, at_most: float) -> list[CountError]:
    pairs = ((3.0, at_3), (4.0, at_4), (MOST_FPS, at_most))
    return [CountError(fps=fps, error=error) for fps, error in pairs]


ERRORS = {
    (FULL, LARGE): {DAY: rates(0.12, 0.105, 0.1), NIGHT: rates(0.1, 0.1, 0.1)},
    (FULL, SMALL): {DAY: rates(0.2, 0.2, 0.2), NIGHT: rates(0.11, 0.11, 0.105)},
    (HALF, LARGE): {DAY: rates(0.2, 0.2, 0.15), NIGHT: rates(0.2, 0.2, 0.2)},
    (HALF, SMALL): {DAY: rates(0.3, 0.3, 0.3), NIGHT: rates(0.3, 0.3, 0.3)},
}
KNOWN = Known(COSTS_MS, ERRORS, has_site=True)
FIXED_CHOICE = Setting(FULL, BASE_RUNTIME, LARGE)


def device(name: str) -> DayDevice:
    return next(one for one in DAY_DEVICES if one.id == name)


def served(arm: str, name: str = "camera", known: Known = KNOWN) -> dict[str, Setting]:
    return settings_of(arm, device(name), FIXED_CHOICE, known, [DAY, NIGHT])


def test_each_factor_changes_one_thing() -> None:
    assert set(served(FIXED).values()) == {FIXED_CHOICE}
    assert set(served(PLACE).values()) == {replace(FIXED_CHOICE, network=SITE)}
    assert set(served(RUNTIME).values()) == {replace(FIXED_CHOICE, way=LITERT)}
    assert set(served(REST).values()) == {replace(FIXED_CHOICE, rests=True)}


def test_the_rate_is_the_lowest_that_counts_as_well_in_a_regime() -> None:
    assert {regime: one.fps for regime, one in served(RATE).items()} == {DAY: 4.0, NIGHT: 3.0}


def test_the_point_of_a_regime_is_the_cheapest_that_counts_as_well() -> None:
    chosen = served(REGIME)
    assert chosen[DAY] == FIXED_CHOICE
    assert chosen[NIGHT] == replace(FIXED_CHOICE, size=SMALL)


def test_together_they_are_all_of_these() -> None:
    night = served(TOGETHER)[NIGHT]
    assert night == Setting(SITE, LITERT, SMALL, fps=3.0, rests=True)


def test_a_fixed_choice_is_planned_by_all_regimes_and_the_larger_size_costs_more() -> None:
    assert set(served(PLANNED).values()) == {FIXED_CHOICE}
    assert served(LARGER)[NIGHT] == Setting(SITE, LITERT, LARGE, fps=3.0, rests=True)


def test_a_site_whose_parent_was_not_kept_has_the_citys() -> None:
    known = replace(KNOWN, has_site=False)
    assert set(served(PLACE, known=known).values()) == {FIXED_CHOICE}


def test_a_device_computes_only_in_its_own_ways_and_with_what_its_memory_holds() -> None:
    assert {c.network for c in candidates(device("camera-small"))} == {HALF}
    floats = candidates(device("camera-noint8"))
    assert {c.way for c in floats} == {FLOATS}
    fixed = settings_of(RUNTIME, device("camera-noint8"), floats[0], KNOWN, [DAY])
    assert fixed[DAY] == floats[0], "it has no other"


def test_six_devices_look_at_three_cameras_of_two_cities() -> None:
    assert len(DAY_DEVICES) == 6
    assert len({one.camera for one in DAY_DEVICES}) == 3
    assert len({city_of(one.camera) for one in DAY_DEVICES}) == 2
    for one in DAY_DEVICES:
        assert all((network, way) in RECIPES for network in one.networks for way in one.ways)
    with pytest.raises(KeyError):
        city_of("elsewhere")
    assert ARMS[0] == FIXED
