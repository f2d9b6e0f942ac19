"""A few measured points tell of the others: of each part of a point what was measured of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.prediction.corrections import (
    BEYOND,
    Measured,
    Traits,
    corrections,
)

AREAS = (256 * 192, 384 * 288, 512 * 384)
LOOP = {"small": (0.5, 0.35, 0.3), "large": (0.2, 0.12, 0.1)}  # by network and size


def point(network: str, size: int, runtime: str = "onnxruntime") -> Traits:
    return Traits(runtime, "int8", f"{network}-{runtime}", LOOP[network][size], AREAS[size])


def measured(traits: Traits, times: float, repeats: int = 0) -> Measured:
    return Measured(traits, math.log(times), repeats)


def test_one_point_says_of_all_others_what_it_says_of_itself() -> None:
    told = corrections([measured(point("large", 1), 1.7)])
    for traits in (point("large", 2), point("small", 1), point("large", 1, "litert")):
        assert told.factor(traits) == pytest.approx(1.7, rel=0.2)


def test_a_slow_loop_is_told_from_a_slow_network() -> None:
    """The network takes 1.2 times as long as its probe says, the loop around it twice as long."""

    def true(traits: Traits) -> float:
        return 1.2 * (1 - traits.loop) + 2.0 * traits.loop

    seen = [point("small", 0), point("small", 2), point("large", 0)]
    told = corrections([measured(traits, true(traits)) for traits in seen])
    for traits in (point("small", 1), point("large", 1), point("large", 2)):
        assert told.factor(traits) == pytest.approx(true(traits), rel=0.04)


def test_each_runtime_has_a_part_of_its_own() -> None:
    seen = [(point("large", size, "litert"), 0.8) for size in range(3)]
    seen += [(point("large", size), 1.2) for size in range(3)]
    told = corrections([measured(traits, times) for traits, times in seen])
    assert told.factor(point("small", 1, "litert")) < 0.9
    assert told.factor(point("small", 1)) > 1.1


def test_a_size_that_a_runtime_is_slow_at_is_slow_for_other_networks_too() -> None:
    seen = [measured(point("large", size, "openvino"), (1.0, 1.0, 1.3)[size]) for size in range(3)]
    told = corrections(seen)
    odd = told.factor(point("small", 2, "openvino")) / told.factor(point("small", 1, "openvino"))
    elsewhere = told.factor(point("small", 2)) / told.factor(point("small", 1))
    assert odd > elsewhere + 0.03


def test_extra_work_that_costs_more_here_is_expected_of_networks_with_much_of_it() -> None:
    def traits(variant: str, extra: float) -> Traits:
        return Traits("litert", "int8", variant, 0.1, AREAS[1], extra)

    told = corrections([measured(traits("a", 0.1), 1.05), measured(traits("b", 0.5), 1.25)])
    assert told.factor(traits("c", 0.8)) > told.factor(traits("c", 0.1)) + 0.1


def test_a_point_that_all_others_contradict_counts_for_little() -> None:
    seen = [measured(point(n, size), 1.1) for n in ("small", "large") for size in range(3)]
    without = corrections(seen).factor(point("large", 1, "litert"))
    wild = measured(point("small", 1, "litert"), 40.0)
    assert corrections([*seen, wild]).factor(point("large", 1)) == pytest.approx(1.1, rel=0.05)
    assert corrections([*seen, wild]).factor(point("large", 1, "litert")) < 1.5 * without


def test_what_was_measured_again_and_again_since_counts_for_more() -> None:
    now, before, other = (
        Traits("litert", "int8", variant, 0.2, AREAS[1]) for variant in ("now", "before", "other")
    )
    fresh = corrections([measured(now, 2.0), measured(before, 1.0)]).factor(other)
    throttled = corrections([measured(now, 2.0), measured(before, 1.0, repeats=4)]).factor(other)
    assert fresh < throttled
    assert throttled == pytest.approx(2.0, rel=0.1)


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(1e-12, 1e12)), min_size=1, max_size=10))
def test_nothing_is_expected_far_beyond_what_was_measured(seen: list[tuple[int, float]]) -> None:
    told = corrections(
        [
            measured(Traits("litert", "int8", f"v{n}", 0.1 * n, AREAS[size]), times)
            for n, (size, times) in enumerate(seen)
        ]
    )
    ratios = [times for _, times in seen]
    beyond = math.exp(BEYOND) * (1 + 1e-9)
    for traits in (point("small", 0), Traits("other", "bf16", "new", 1.0, 10**9)):
        assert min(ratios) / beyond <= told.factor(traits) <= max(ratios) * beyond
