"""Told twice is who was ordered the same again, for no reason of its own."""

import pytest
from lamplighter_client.documents import Deployment
from lamplighter_demo.rollout.orders import is_told_twice
from lamplighter_wire.enums import Outcome

CAUSES = {1: "rollout june", 2: "rollout june", 3: "breach", 4: "shift day to night"}


def order(plan: int, *, at: float = 10.0, outcome: Outcome = Outcome.COMMITTED) -> Deployment:
    return Deployment(plan=plan, variant="lean", at=at, outcome=outcome)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([order(1)], False),
        ([order(1), order(2)], True),
        ([order(1), order(9)], True),
        ([order(1, outcome=Outcome.REJECTED), order(2)], False),
        ([order(1, at=1.0), order(2)], False),
        ([order(1), order(3), order(4)], False),
    ],
)
def test_the_same_again(orders: list[Deployment], expected: bool) -> None:
    assert is_told_twice(orders, CAUSES, since=5.0) is expected
