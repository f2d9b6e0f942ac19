"""Who lives in the city of the rollout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_demo.rollout.fleet import CANARY_SHARE, REFUSING, classes, inhabitants, strongest


@given(st.integers(0, 6), st.integers(1, 400))
def test_canaries_of_all_classes_are_few_or_of_one_class(real: int, simulated: int) -> None:
    count = classes(real, simulated)
    share = (count + (real > 0)) / (real + simulated)
    assert share < CANARY_SHARE or count == 1


@pytest.mark.parametrize("count", [24, 200])
def test_the_fleet_has_all_that_the_acts_need(count: int) -> None:
    people = inhabitants(0, count)
    assert len({one.name for one in people}) == count
    assert sum(one.is_weak for one in people) == count // 10
    refusing = [one for one in people if one.refuses]
    assert len(refusing) == (REFUSING if count >= 100 else 0)
    first_of_class = {one.kind: one for one in reversed(people) if not one.is_weak}
    stolen = strongest(people)
    assert stolen not in [*first_of_class.values(), *refusing]
    assert len({one.kind for one in people if not one.is_weak}) == classes(0, count)
    assert len({one.site for one in people}) == 4
