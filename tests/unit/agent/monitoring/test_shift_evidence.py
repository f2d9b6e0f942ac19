"""When a shift began."""

import pytest
from lamplighter_agent.monitoring.shift_evidence import change_point


@pytest.mark.parametrize(
    ("votes", "index"), [("0001111", 3), ("1111", 0), ("0100111", 4), ("", 0), ("00001", 4)]
)
def test_the_change_point_is_where_the_new_state_begins(votes, index):
    assert change_point([v == "1" for v in votes]) == index
