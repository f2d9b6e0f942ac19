"""Errors of counts between the rates that were measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.street.count_error import CountError, count_error_at

ROWS = [
    CountError(fps=3.0, error=0.2, low=0.1, high=0.3),
    CountError(fps=6.0, error=0.1, low=0.05, high=0.2),
]


@pytest.mark.parametrize(
    ("fps", "error"), [(3.0, 0.2), (4.5, 0.15), (6.0, 0.1), (60.0, 0.1), (1.5, 0.6), (0.0, 1.0)]
)
def test_it_is_read_between_the_rates(fps, error):
    at = count_error_at(ROWS, fps)
    assert at is not None and at.error == pytest.approx(error)


def test_of_nothing_nothing_is_known():
    assert count_error_at([], 5.0) is None


@given(st.floats(0.0, 50.0))
def test_it_lies_within_its_bounds(fps):
    at = count_error_at(ROWS, fps)
    assert at is not None and 0 <= at.low <= at.error <= at.high <= 1
