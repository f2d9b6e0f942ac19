"""Whether an order fits into what may travel to a device and to its site today. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY_S = 86400.0
# Whoever serves nothing, or breaks a limit, gets its order whatever the budget is.
BEYOND_BUDGETS = frozenset({"first", "mend"})


@dataclass(frozen=True)
class Spent:
    """Bytes that were ordered today."""

    device_bytes: int = 0
    site_bytes: int = 0


@dataclass(frozen=True)
class Budget:
    """Bytes that may be ordered a day; 0: any number."""

    device_bytes: int = 0
    site_bytes: int = 0

    @property
    def is_set(self) -> bool:
        """Whether there is anything to keep to."""
        return bool(self.device_bytes or self.site_bytes)


@dataclass(frozen=True)
class BudgetVerdict:
    """Why an order has to wait, and until when; empty: it may go."""

    reason: str = ""
    until: float = 0.0


def within(budget: Budget, spent: Spent, size_bytes: int, why: str, now: float) -> BudgetVerdict:
    """An order larger than a whole day's budget goes first thing in a day, or it never would."""
    if why in BEYOND_BUDGETS or size_bytes <= 0:
        return BudgetVerdict()
    parts: Mapping[str, tuple[int, int]] = {
        "device": (budget.device_bytes, spent.device_bytes),
        "site": (budget.site_bytes, spent.site_bytes),
    }
    for name, (most, had) in parts.items():
        if most and had and had + size_bytes > most:
            text = f"the {name} has had {had / 1e6:.1f} of {most / 1e6:.1f} MB a day"
            return BudgetVerdict(f"{text}, this is {size_bytes / 1e6:.1f} MB", end_of_day(now))
    return BudgetVerdict()


def begin_of_day(now: float) -> float:
    """The last midnight, UTC."""
    return now - now % DAY_S


def end_of_day(now: float) -> float:
    """The next midnight, UTC."""
    today = datetime.fromtimestamp(begin_of_day(now), UTC)
    return (today + timedelta(days=1)).timestamp()
