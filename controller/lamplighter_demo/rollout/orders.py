"""Whether a device was told twice, from its orders and what caused them. Pure."""

from collections.abc import Iterable, Mapping

from lamplighter_client.documents import Deployment
from lamplighter_wire.enums import Outcome

# A device that measures a breach or a shift may be told the same variant at another size.
ANSWERS = ("breach", "shift")


def is_told_twice(orders: Iterable[Deployment], causes: Mapping[int, str], since: float) -> bool:
    """Whether somebody was ordered what it had been ordered, had not refused, and not answered to.

    Args:
        causes: plan -> why it was made.
        since: orders of before do not count.
    """
    taken = [
        one.variant
        for one in orders
        if one.at >= since
        and one.outcome in (Outcome.NONE, Outcome.COMMITTED)
        and not causes.get(one.plan, "").startswith(ANSWERS)
    ]
    return len(taken) != len(set(taken))
